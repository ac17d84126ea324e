/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/rtnl.h"

#define SEQ 7u
#define OWN_BYTES 28	/* an entry of one's own table */
#define TARGET_BYTES 36 /* of another holder's */

/* A datagram that is being written. */
struct writer {
	uint32_t words[8192];
	size_t len;
	size_t message; /* where the last one begins */
};

static struct nlmsghdr *last_message(struct writer *w)
{
	return (struct nlmsghdr *)(void *)((char *)w->words + w->message);
}

static void put(struct writer *w, const void *bytes, size_t len)
{
	assert_true(w->len + NLMSG_ALIGN(len) <= sizeof(w->words));
	memset((char *)w->words + w->len, 0, NLMSG_ALIGN(len));
	memcpy((char *)w->words + w->len, bytes, len);
	w->len += NLMSG_ALIGN(len);
	last_message(w)->nlmsg_len = (uint32_t)(w->len - w->message);
}

static void put_message(struct writer *w, uint16_t type, uint32_t seq)
{
	const struct nlmsghdr header = { .nlmsg_type = type, .nlmsg_seq = seq };

	w->message = w->len;
	put(w, &header, sizeof(header));
}

static void put_family(struct writer *w)
{
	put(w, &(struct rtgenmsg){ 0 }, sizeof(struct rtgenmsg));
}

static void put_attr(struct writer *w, uint16_t type, const void *bytes,
		     size_t len)
{
	const struct nlattr attr = {
		.nla_len = (uint16_t)(NLA_HDRLEN + len),
		.nla_type = type,
	};
	char whole[256];

	assert_true(NLA_HDRLEN + len <= sizeof(whole));
	memcpy(whole, &attr, sizeof(attr));
	memcpy(whole + NLA_HDRLEN, bytes, len);
	put(w, whole, NLA_HDRLEN + len);
}

static void put_s32(struct writer *w, uint16_t type, int32_t value)
{
	put_attr(w, type, &value, sizeof(value));
}

static void put_nsid(struct writer *w, uint16_t type, uint32_t seq,
		     int32_t nsid)
{
	put_message(w, type, seq);
	put_family(w);
	put_s32(w, NETNSA_NSID, nsid);
}

static void put_target_row(struct writer *w, int32_t nsid, int32_t current)
{
	put_nsid(w, RTM_NEWNSID, SEQ, nsid);
	put_s32(w, NETNSA_CURRENT_NSID, current);
}

static void put_done(struct writer *w, int error)
{
	put_message(w, NLMSG_DONE, SEQ);
	put(w, &error, sizeof(error));
}

/* A refusal as the kernel sends it: the error, the question, its words. */
static void put_error(struct writer *w, int error, bool capped,
		      const char *text)
{
	struct nlmsgerr refusal = { .error = error };
	char echo[24] = { 0 };

	refusal.msg.nlmsg_len = sizeof(refusal.msg) + sizeof(echo);
	put_message(w, NLMSG_ERROR, SEQ);
	put(w, &refusal, sizeof(refusal));
	if (!capped)
		put(w, echo, sizeof(echo));
	if (text)
		put_attr(w, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
	last_message(w)->nlmsg_flags = (uint16_t)((capped ? NLM_F_CAPPED : 0) |
						  (text ? NLM_F_ACK_TLVS : 0));
}

static const struct stamp at = { .mono_ns = 5, .real_ns = 6 };

/* ---- events ---------------------------------------------------------- */

static int parse_event(const struct writer *w, struct event *ret_event)
{
	return rtnl_parse_event(w->words, w->len, 3, &at, ret_event);
}

static void event_new_and_del(void **state)
{
	struct writer w = { 0 };
	struct event event;

	(void)state;
	put_nsid(&w, RTM_NEWNSID, 0, 12);
	assert_int_equal(w.len, OWN_BYTES);
	assert_int_equal(parse_event(&w, &event), 0);
	assert_int_equal(event.type, EVENT_NEW);
	assert_int_equal(event.nsid, 12);
	assert_int_equal(event.holder, 3);
	assert_int_equal(event.at.mono_ns, 5);
	assert_int_equal(event.at.real_ns, 6);

	w = (struct writer){ 0 };
	put_nsid(&w, RTM_DELNSID, 99, INT_MAX);
	last_message(&w)->nlmsg_pid = 4711; /* of whoever asked for it */
	assert_int_equal(parse_event(&w, &event), 0);
	assert_int_equal(event.type, EVENT_DEL);
	assert_int_equal(event.nsid, INT_MAX);
}

static void event_unknown_attributes_are_skipped(void **state)
{
	struct writer w = { 0 };
	struct event event;

	(void)state;
	put_message(&w, RTM_DELNSID, 0);
	put_family(&w);
	put_attr(&w, 77, "strange", 7);
	put_s32(&w, NETNSA_CURRENT_NSID, 4);
	put_s32(&w, NETNSA_NSID, 5);
	put_attr(&w, 78, "", 0);
	assert_int_equal(parse_event(&w, &event), 0);
	assert_int_equal(event.nsid, 5);
}

static void assert_ignored(const struct writer *w)
{
	struct event event = { .nsid = -77 };

	assert_int_equal(parse_event(w, &event), RTNL_IGNORED);
	assert_int_equal(event.nsid, -77);
}

static void event_others_are_ignored(void **state)
{
	struct writer w = { 0 };

	(void)state;
	put_nsid(&w, RTM_NEWNSID, 0, -1);
	assert_ignored(&w);

	w = (struct writer){ 0 };
	put_nsid(&w, RTM_NEWLINK, 0, 1);
	assert_ignored(&w);

	w = (struct writer){ 0 };
	put_message(&w, RTM_NEWNSID, 0); /* not even a family */
	assert_ignored(&w);

	w = (struct writer){ 0 };
	put_message(&w, RTM_NEWNSID, 0);
	put_family(&w);
	assert_ignored(&w);

	w = (struct writer){ 0 };
	put_message(&w, RTM_NEWNSID, 0);
	put_family(&w);
	put_attr(&w, NETNSA_NSID, "\0\0\0\0\0\0\0\0", 8);
	assert_ignored(&w);

	w = (struct writer){ 0 };
	assert_ignored(&w);
}

static void event_malformed_is_ignored(void **state)
{
	struct writer w = { 0 };
	struct event event;
	size_t len;

	(void)state;
	put_nsid(&w, RTM_DELNSID, 0, 1);
	for (len = 0; len < OWN_BYTES; len++)
		assert_int_equal(rtnl_parse_event(w.words, len, 0, &at, &event),
				 RTNL_IGNORED);

	/* An attribute that reaches beyond its message. */
	w.words[5] = 0x0001ffffu;
	assert_ignored(&w);
	/* One that is shorter than its own head. */
	w.words[5] = 0x00010001u;
	assert_ignored(&w);
	/* A message shorter than its head; one without its padding. */
	last_message(&w)->nlmsg_len = 8;
	assert_ignored(&w);
	last_message(&w)->nlmsg_len = 27;
	assert_int_equal(rtnl_parse_event(w.words, 27, 0, &at, &event),
			 RTNL_IGNORED);
}

static void datagram_of_several(void **state)
{
	struct writer w = { 0 };
	const char *pos;
	struct event event;
	size_t left, bytes;
	int32_t expected = 1;

	(void)state;
	put_nsid(&w, RTM_NEWNSID, 0, 1);
	put_nsid(&w, RTM_NEWNSID, 0, 2);
	put_nsid(&w, RTM_DELNSID, 0, 3);
	pos = (const char *)w.words;
	left = w.len + 2; /* and a crumb */
	for (; (bytes = rtnl_message_bytes(pos, left)) > 0;
	     pos += bytes, left -= bytes) {
		assert_int_equal(
			rtnl_parse_event(pos, bytes, TAG_HOME, &at, &event), 0);
		assert_int_equal(event.nsid, expected++);
	}
	assert_int_equal(expected, 4);
	assert_int_equal(left, 2);
}

/* ---- tables ---------------------------------------------------------- */

static struct rtnl_table table;

static int table_setup(void **state)
{
	(void)state;
	rtnl_table_init(&table, 1000000);
	rtnl_table_begin(&table, SEQ, TAG_HOME);
	return 0;
}

static int table_teardown(void **state)
{
	(void)state;
	rtnl_table_deinit(&table);
	return 0;
}

static int take(const struct writer *w)
{
	return rtnl_table_take(&table, w->words, w->len);
}

static struct answer answer_now(void)
{
	struct answer answer = { .question = 42 };

	rtnl_table_answer(&table, &answer);
	assert_int_equal(answer.question, 42);
	return answer;
}

/* One datagram with rows first, first + 1, ...; DONE in it where it fits. */
static void take_part(int32_t first, int32_t rows, bool target, bool done)
{
	struct writer w = { 0 };
	int32_t i;

	for (i = 0; i < rows; i++) {
		if (target)
			put_target_row(&w, first + i, first + i + 1000);
		else
			put_nsid(&w, RTM_NEWNSID, SEQ, first + i);
	}
	if (done)
		put_done(&w, 0);
	assert_int_equal(take(&w), done ? 0 : RTNL_MORE);
}

static void table_of_home(void **state)
{
	struct answer answer;

	(void)state;
	take_part(5, 3, false, true);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 3);
	assert_int_equal(answer.rows[2].nsid, 7);
	assert_int_equal(answer.rows[2].peer, 7);
}

static void table_empty(void **state)
{
	struct answer answer;

	(void)state;
	take_part(0, 0, false, true);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 0);
}

static void table_of_target(void **state)
{
	struct writer w = { 0 };
	struct answer answer;

	(void)state;
	rtnl_table_begin(&table, SEQ, 9);
	put_target_row(&w, 0, 17);
	put_target_row(&w, INT_MAX, -1);
	put_done(&w, 0);
	assert_int_equal(take(&w), 0);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 2);
	assert_int_equal(answer.rows[0].peer, 17);
	assert_int_equal(answer.rows[1].nsid, INT_MAX);
	assert_int_equal(answer.rows[1].peer, NSID_NONE);
}

static void table_whose_target_was_ignored(void **state)
{
	struct writer w = { 0 };
	struct answer answer;

	(void)state;
	rtnl_table_begin(&table, SEQ, 9);
	put_target_row(&w, 0, 17);
	put_nsid(&w, RTM_NEWNSID, SEQ, 1);
	put_done(&w, 0);
	assert_int_equal(take(&w), 0);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_FAILED);
	assert_int_equal(answer.error, EPROTO);
	assert_int_equal(answer.n_rows, 0);
}

static void table_error_in_done(void **state)
{
	struct writer w = { 0 };

	(void)state;
	rtnl_table_begin(&table, SEQ, 9);
	put_done(&w, -EINVAL);
	assert_int_equal(take(&w), 0);
	assert_int_equal(answer_now().outcome, ANSWER_ABSENT);
}

static void table_error_after_rows(void **state)
{
	struct writer w = { 0 };

	(void)state;
	put_nsid(&w, RTM_NEWNSID, SEQ, 1);
	put_done(&w, -ENOBUFS);
	assert_int_equal(take(&w), 0);
	assert_int_equal(answer_now().outcome, ANSWER_FAILED);
	assert_int_equal(answer_now().error, ENOBUFS);
	assert_int_equal(answer_now().n_rows, 0);
}

static void table_refused(void **state)
{
	struct writer w = { 0 };

	(void)state;
	put_error(&w, -EACCES, false, "not for you");
	assert_int_equal(take(&w), 0);
	assert_int_equal(answer_now().outcome, ANSWER_REFUSED);
	assert_string_equal(table.text, "not for you");
}

static void table_skips_stale(void **state)
{
	struct writer w = { 0 };

	(void)state;
	put_nsid(&w, RTM_NEWNSID, SEQ - 1, 50);
	put_message(&w, NLMSG_DONE, SEQ - 1);
	put(&w, &(int){ 0 }, sizeof(int));
	assert_int_equal(take(&w), RTNL_MORE);
	take_part(1, 1, false, true);
	assert_int_equal(answer_now().n_rows, 1);
	assert_int_equal(answer_now().rows[0].nsid, 1);
}

static void table_malformed(void **state)
{
	struct writer w = { 0 };

	(void)state;
	put_nsid(&w, RTM_NEWNSID, SEQ, 1);
	put_nsid(&w, RTM_NEWNSID, SEQ, 2);
	last_message(&w)->nlmsg_len = 4000;
	assert_int_equal(take(&w), 0);
	assert_int_equal(answer_now().outcome, ANSWER_FAILED);
	assert_int_equal(answer_now().error, EPROTO);
}

static void check_cut(int32_t rows, bool target, enum answer_outcome outcome)
{
	struct answer answer;

	rtnl_table_begin(&table, SEQ, target ? 9 : TAG_HOME);
	take_part(0, rows, target, true);
	answer = answer_now();
	assert_int_equal(answer.outcome, outcome);
	assert_int_equal(answer.n_rows, rows);
	if (outcome == ANSWER_PART)
		assert_int_equal(answer.last, rows - 1);
}

static void table_full_buffer_is_cut(void **state)
{
	static const int32_t own[] = { 134, 1158 }, target[] = { 104, 901 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		check_cut(own[i] - 1, false, ANSWER_WHOLE);
		check_cut(own[i], false, ANSWER_PART);
		check_cut(own[i] + 1, false, ANSWER_WHOLE);
		check_cut(target[i] - 1, true, ANSWER_WHOLE);
		check_cut(target[i], true, ANSWER_PART);
		check_cut(target[i] + 1, true, ANSWER_WHOLE);
	}
}

static void table_full_buffer_with_done_apart(void **state)
{
	(void)state;
	take_part(0, 1158, false, false);
	take_part(0, 0, false, true);
	assert_int_equal(answer_now().outcome, ANSWER_PART);
	assert_int_equal(answer_now().last, 1157);
}

static void table_parts_without_a_hole(void **state)
{
	(void)state;
	take_part(0, 134, false, false);
	take_part(134, 1158, false, false);
	take_part(1292, 20, false, false);
	take_part(0, 0, false, true);
	assert_int_equal(answer_now().outcome, ANSWER_WHOLE);
	assert_int_equal(answer_now().n_rows, 1312);
}

static void table_parts_that_may_have_skipped(void **state)
{
	struct answer answer;

	(void)state;
	take_part(0, 134, false, false);
	take_part(135, 1158, false, false);
	take_part(2000, 20, false, false);
	take_part(0, 0, false, true);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_PART);
	assert_int_equal(answer.last, 133);
	assert_int_equal(answer.n_rows, 1312);
}

static void table_parts_that_repeat(void **state)
{
	struct answer answer;
	size_t i;

	(void)state;
	take_part(10, 134, false, false);
	take_part(142, 20, false, false); /* two insertions below */
	take_part(0, 0, false, true);
	answer = answer_now();
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 152);
	for (i = 0; i < answer.n_rows; i++)
		assert_int_equal(answer.rows[i].nsid, 10 + i);
}

static void table_ceiling(void **state)
{
	(void)state;
	table.max_rows = 10;
	take_part(0, 20, false, true);
	assert_int_equal(answer_now().outcome, ANSWER_PART);
	assert_int_equal(answer_now().n_rows, 10);
	assert_int_equal(answer_now().last, 9);
}

/* ---- single replies -------------------------------------------------- */

static struct rtnl_reply parse_reply(const struct writer *w)
{
	struct rtnl_reply reply;

	assert_int_equal(rtnl_parse_reply(w->words, w->len, SEQ, &reply), 0);
	return reply;
}

static void reply_number(void **state)
{
	struct writer w = { 0 };
	struct rtnl_reply reply;

	(void)state;
	put_target_row(&w, 3, 8);
	reply = parse_reply(&w);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.nsid, 3);
	assert_true(reply.targeted);
	assert_int_equal(reply.current, 8);

	w = (struct writer){ 0 };
	put_nsid(&w, RTM_NEWNSID, SEQ, -1);
	reply = parse_reply(&w);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.nsid, NSID_NONE);
	assert_false(reply.targeted);
}

static void reply_refusal(void **state)
{
	struct writer w = { 0 };
	char longer[200];

	(void)state;
	put_error(&w, -ENOENT, false, "no such number");
	assert_int_equal(parse_reply(&w).error, ENOENT);
	assert_string_equal(parse_reply(&w).text, "no such number");

	w = (struct writer){ 0 };
	put_error(&w, -EPERM, true, "capped");
	assert_string_equal(parse_reply(&w).text, "capped");

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	w = (struct writer){ 0 };
	put_error(&w, -EPERM, true, longer);
	assert_int_equal(strlen(parse_reply(&w).text), RTNL_TEXT_BYTES - 1);

	/* An acknowledgement; an error that is none. */
	w = (struct writer){ 0 };
	put_error(&w, 0, true, NULL);
	assert_int_equal(parse_reply(&w).error, 0);
	w = (struct writer){ 0 };
	put_error(&w, INT_MIN, true, NULL);
	assert_int_equal(parse_reply(&w).error, EPROTO);
}

static void reply_to_others_is_skipped(void **state)
{
	struct writer w = { 0 };
	struct rtnl_reply reply;

	(void)state;
	put_nsid(&w, RTM_NEWNSID, SEQ + 1, 1);
	assert_int_equal(rtnl_parse_reply(w.words, w.len, SEQ, &reply),
			 RTNL_IGNORED);
	put_nsid(&w, RTM_NEWNSID, SEQ, 2);
	assert_int_equal(parse_reply(&w).nsid, 2);
}

static void outcomes(void **state)
{
	(void)state;
	assert_int_equal(rtnl_answer_outcome(0), ANSWER_WHOLE);
	assert_int_equal(rtnl_answer_outcome(ENOENT), ANSWER_ABSENT);
	assert_int_equal(rtnl_answer_outcome(EINVAL), ANSWER_ABSENT);
	assert_int_equal(rtnl_answer_outcome(EPERM), ANSWER_REFUSED);
	assert_int_equal(rtnl_answer_outcome(EACCES), ANSWER_REFUSED);
	assert_int_equal(rtnl_answer_outcome(ENOBUFS), ANSWER_FAILED);
}

/* ---- questions ------------------------------------------------------- */

static void assert_question(const uint32_t *words, size_t len,
			    const struct writer *expected)
{
	assert_int_equal(len, expected->len);
	assert_memory_equal(words, expected->words, len);
}

static void expect(struct writer *w, uint16_t type, uint16_t flags)
{
	*w = (struct writer){ 0 };
	put_message(w, type, SEQ);
	last_message(w)->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	put_family(w);
}

static void questions(void **state)
{
	uint32_t words[RTNL_QUESTION_BYTES / sizeof(uint32_t)];
	struct writer w;

	(void)state;
	expect(&w, RTM_GETNSID, NLM_F_DUMP);
	assert_question(words, rtnl_ask_table(words, SEQ, TAG_HOME), &w);
	put_s32(&w, NETNSA_TARGET_NSID, 4);
	assert_question(words, rtnl_ask_table(words, SEQ, 4), &w);

	expect(&w, RTM_GETNSID, 0);
	put_s32(&w, NETNSA_NSID, 5);
	assert_question(words,
			rtnl_ask_nsid(words, SEQ, RTNL_KEY_NSID, 5, TAG_HOME),
			&w);
	put_s32(&w, NETNSA_TARGET_NSID, 4);
	assert_question(words, rtnl_ask_nsid(words, SEQ, RTNL_KEY_NSID, 5, 4),
			&w);

	expect(&w, RTM_NEWNSID, NLM_F_ACK);
	put_s32(&w, NETNSA_FD, 3);
	put_s32(&w, NETNSA_NSID, -1);
	assert_question(words,
			rtnl_ask_adopt(words, SEQ, RTNL_KEY_FD, 3, NSID_NONE),
			&w);
	expect(&w, RTM_NEWNSID, NLM_F_ACK);
	put_s32(&w, NETNSA_PID, 3);
	put_s32(&w, NETNSA_NSID, 70);
	assert_question(words, rtnl_ask_adopt(words, SEQ, RTNL_KEY_PID, 3, 70),
			&w);
}

#define TABLE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, table_setup, table_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_new_and_del),
		cmocka_unit_test(event_unknown_attributes_are_skipped),
		cmocka_unit_test(event_others_are_ignored),
		cmocka_unit_test(event_malformed_is_ignored),
		cmocka_unit_test(datagram_of_several),
		TABLE_TEST(table_of_home),
		TABLE_TEST(table_empty),
		TABLE_TEST(table_of_target),
		TABLE_TEST(table_whose_target_was_ignored),
		TABLE_TEST(table_error_in_done),
		TABLE_TEST(table_error_after_rows),
		TABLE_TEST(table_refused),
		TABLE_TEST(table_skips_stale),
		TABLE_TEST(table_malformed),
		TABLE_TEST(table_full_buffer_is_cut),
		TABLE_TEST(table_full_buffer_with_done_apart),
		TABLE_TEST(table_parts_without_a_hole),
		TABLE_TEST(table_parts_that_may_have_skipped),
		TABLE_TEST(table_parts_that_repeat),
		TABLE_TEST(table_ceiling),
		cmocka_unit_test(reply_number),
		cmocka_unit_test(reply_refusal),
		cmocka_unit_test(reply_to_others_is_skipped),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(questions),
	};

	return cmocka_run_group_tests_name("rtnl", tests, NULL, NULL);
}
