/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/oracle.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/passes.h"
#include "common/engine/sync.h"
#include "common/engine/verify.h"

/*
 * Longer than an answer needs from the moment that something can be asked to
 * the drained moment at which it takes effect, a settle time of 1 s included;
 * and than the first table of a holder needs, which is asked again where
 * something touched it. What comes sooner is nobody's fault.
 */
#define EFFECT_NS (2500 * MODEL_MS)
#define BASELINE_NS (4 * MODEL_S)

static const char *const failure_names[FAILURES] = {
	[FAILURE_NONE] = "none",
	[FAILURE_FALSE_FINDING] = "false finding",
	[FAILURE_WRONGLY_VERIFIED] = "wrongly verified",
	[FAILURE_WRONG_KIND] = "wrong kind",
	[FAILURE_SEVERAL] = "one fault, several findings",
	[FAILURE_UNNOTICED] = "unnoticed",
	[FAILURE_DIVERGED] = "ledger and kernel differ",
	[FAILURE_HARMFUL] = "harmful question",
	[FAILURE_STUCK] = "never rests",
	[FAILURE_ORDER] = "wrong order",
	[FAILURE_MEMORY] = "keeps too much",
	[FAILURE_SHIFTED] = "another clock, another verdict",
	[FAILURE_RESTARTED] = "a restart, another verdict",
};

const char *failure_name(enum failure failure)
{
	return failure_names[failure];
}

static const char *const fate_names[FATES] = {
	[FATE_UNLEARNED] = "unlearned", [FATE_UNWATCHED] = "unwatched",
	[FATE_FOUND] = "found",		[FATE_DOUBT] = "in doubt",
	[FATE_BLIND1] = "blind 1",	[FATE_BLIND2] = "blind 2",
	[FATE_BLIND3] = "blind 3",	[FATE_BLIND4] = "blind 4",
	[FATE_WRONG] = "missed",
};

const char *fate_name(enum fate fate)
{
	return fate_names[fate];
}

struct judging {
	const struct history *history;
	const struct model *model;
	const struct verify *verify;
	struct oracle_totals *totals;
	struct oracle_result *result;
	unsigned int found[4]; /* findings by fault */
};

__attribute__((format(printf, 3, 4))) static void fails(struct judging *judging,
							enum failure failure,
							const char *format, ...)
{
	struct oracle_result *result = judging->result;
	va_list list;

	if (judging->totals)
		judging->totals->failures[failure]++;
	if (result->failure && result->failure <= failure)
		return;
	result->failure = failure;
	va_start(list, format);
	vsnprintf(result->why, sizeof(result->why), format, list);
	va_end(list);
}

/* ---- findings ------------------------------------------------------------- */

/* Home's number nsid was at some time this space's. */
static bool had_number(const struct model *model, int32_t nsid, int space)
{
	if (space == MODEL_HOME)
		return nsid == TAG_HOME;
	for (int i = 0; i < model->n_generations; i++)
		if (model->generations[i].holder == MODEL_HOME &&
		    model->generations[i].nsid == nsid &&
		    model->generations[i].peer == space)
			return true;
	return false;
}

static bool at_place(const struct model *model, const struct finding *finding,
		     int holder, int32_t nsid)
{
	return finding->nsid == nsid &&
	       had_number(model, finding->holder.nsid, holder);
}

/*
 * A number in home that was left behind names whoever got the memory: what is
 * said and asked under it is another's.
 */
static bool misled(const struct model *model, const struct finding *finding,
		   const struct model_fault *fault)
{
	const struct model_generation *of =
		&model->generations[fault->generation];
	bool keeps = fault->kind == FAULT_LEAK || fault->kind == FAULT_KEPT ||
		     fault->kind == FAULT_STALE || fault->kind == FAULT_LATE ||
		     fault->kind == FAULT_SKIP_LAST;

	return keeps && of->holder == MODEL_HOME &&
	       (finding->holder.nsid == of->nsid ||
		(finding->peer.known && finding->peer.nsid == of->nsid)) &&
	       model->slots[model->spaces[of->peer].slot] != of->peer;
}

/*
 * Home did not hear in time that the holder is gone: what was announced too
 * late for it to be heard is missed, and its number may be another's.
 */
static bool ended_unheard(const struct model *model,
			  const struct finding *finding,
			  const struct model_fault *fault)
{
	const struct model_generation *of =
		&model->generations[fault->generation];

	return of->holder == MODEL_HOME && of->nsid == finding->holder.nsid;
}

static bool tells_of(const struct model *model, const struct finding *finding,
		     int index)
{
	const struct model_fault *fault = &model->faults[index];

	if (fault->other_holder >= 0 &&
	    at_place(model, finding, fault->other_holder, fault->other_nsid))
		return true;
	for (int i = 0; i < model->n_generations; i++)
		if (model->generations[i].fault == index + 1 &&
		    at_place(model, finding, model->generations[i].holder,
			     model->generations[i].nsid))
			return true;
	return false;
}

/* How many findings one fault may have: one a place. */
static unsigned int places(const struct model *model, int index)
{
	const struct model_fault *fault = &model->faults[index];
	unsigned int count = fault->other_holder >= 0;

	/* What it hides, and later what it says of the number's new owner. */
	if (fault->kind == FAULT_LATE_MESSAGE && fault->reused)
		count++;

	for (int i = 0; i < model->n_generations; i++)
		count += model->generations[i].fault == index + 1;
	return count;
}

/* The message that it was there was lost, and the kernel told nobody. */
static bool lost_new(const struct model *model, const struct finding *finding)
{
	const struct model_generation *of;

	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->lost_new &&
		    at_place(model, finding, of->holder, of->nsid))
			return true;
	}
	return false;
}

/*
 * It hit an entry that names the peer, or told under such a one's number, be it
 * that the number was the peer's by then.
 */
static bool touches(const struct model *model, int index, int peer)
{
	const struct model_fault *fault = &model->faults[index];
	const struct model_generation *hit =
		&model->generations[fault->generation];
	const struct model_generation *of;

	if (hit->peer == peer)
		return true;
	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->peer != peer)
			continue;
		if ((of->holder == fault->other_holder &&
		     of->nsid == fault->other_nsid) ||
		    (fault->reused && of->holder == hit->holder &&
		     of->nsid == hit->nsid))
			return true;
	}
	return false;
}

/* The fault hit an entry of this number, its own or one of the same pass. */
static bool hits(const struct model *model, int index, int holder, int32_t nsid)
{
	const struct model_generation *of;

	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->holder == holder && of->nsid == nsid &&
		    (of->fault == index + 1 ||
		     model->faults[index].generation == i))
			return true;
	}
	return false;
}

/* The fault hit home's own number for this space, or one it had later. */
static bool hits_number(const struct model *model, int index, int space)
{
	const struct model_fault *fault = &model->faults[index];
	const struct model_generation *of;

	if (fault->other_holder == MODEL_HOME &&
	    had_number(model, fault->other_nsid, space))
		return true;
	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->holder == MODEL_HOME &&
		    (of->fault == index + 1 || fault->generation == i) &&
		    had_number(model, of->nsid, space))
			return true;
	}
	return false;
}

/* Home's number for the one was left behind, and names the other by its memory. */
static bool same_memory(const struct model *model,
			const struct model_generation *one,
			const struct model_generation *other)
{
	return other->holder == MODEL_HOME && other->peer != one->peer &&
	       model->spaces[other->peer].slot == model->spaces[one->peer].slot;
}

/*
 * It left home's number of a dead holder to whoever got the memory: what that one
 * tells counts in the table of the dead, which named the peer.
 */
static bool heir_tells(const struct model *model, int index, int peer)
{
	const struct model_generation *hit, *of;

	hit = &model->generations[model->faults[index].generation];
	if (hit->holder != MODEL_HOME ||
	    model->slots[model->spaces[hit->peer].slot] == hit->peer)
		return false;
	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->holder == hit->peer && of->peer == peer)
			return true;
	}
	return false;
}

/*
 * Two faults hit one peer, or one number, or one hit the holder's own number:
 * what is said may be of either, and nobody may be left to be asked.
 */
static bool twice_hit(const struct model *model, int index)
{
	const struct model_generation *all = model->generations, *one, *other;

	one = &all[model->faults[index].generation];
	for (int i = 0; i < model->n_faults; i++) {
		other = &all[model->faults[i].generation];
		if (i != index &&
		    (touches(model, i, one->peer) ||
		     touches(model, index, other->peer) ||
		     hits(model, i, one->holder, one->nsid) ||
		     hits(model, index, other->holder, other->nsid) ||
		     same_memory(model, one, other) ||
		     heir_tells(model, i, one->peer) ||
		     hits_number(model, i, one->holder)))
			return true;
	}
	return false;
}

/* A barrier between the removal and the death, to ask the living after. */
static bool died_soon(const struct model *model,
		      const struct model_fault *fault)
{
	const struct model_space *peer =
		&model->spaces[model->generations[fault->generation].peer];

	return peer->died_ns && peer->died_ns < fault->at_ns + 60 * MODEL_S;
}

/* How long the reader was awake between these moments. */
static uint64_t awake_ns(const struct history *history, uint64_t from_ns,
			 uint64_t to_ns)
{
	uint64_t awake = to_ns > from_ns ? to_ns - from_ns : 0, from, to;

	for (int i = 0; i < history->n_stalls; i++) {
		from = history->stalls[i].from_ns;
		to = history->stalls[i].to_ns;
		if (from < from_ns)
			from = from_ns;
		if (to > to_ns)
			to = to_ns;
		if (to > from)
			awake -= to - from < awake ? to - from : awake;
	}
	return awake;
}

/* No name of the peer's was known when it was hit, so nobody can be asked. */
static bool is_nameless(const struct judging *judging,
			const struct model_fault *fault)
{
	const struct model *model = judging->model;
	int peer = model->generations[fault->generation].peer;

	/* Whose name may have found no room, or no answer, is as if it had none. */
	return !fault->named || judging->history->failed ||
	       watch_beyond_times(judging->history->watch, CEILING_NAMES) ||
	       awake_ns(judging->history, model->spaces[peer].numbered_ns,
			fault->at_ns) < EFFECT_NS;
}

/*
 * A living peer lost a number, and nobody could be asked in time (the third of
 * the blind spots), or two faults agreed: so it is a death for all that can be
 * told, and a barrier, and what goes after it is late.
 */
static bool false_barrier(const struct judging *judging,
			  const struct finding *finding)
{
	const struct model *model = judging->model;
	const struct model_generation *of;
	const struct model_fault *fault;

	for (int i = 0; i < model->n_faults; i++) {
		fault = &model->faults[i];
		of = &model->generations[fault->generation];
		if (fault_hides(fault->kind, BLIND_LIVING) &&
		    of->holder == MODEL_HOME &&
		    of->last_del_seq < finding->event_seq &&
		    (died_soon(model, fault) || is_nameless(judging, fault) ||
		     twice_hit(model, i)))
			return true;
	}
	return false;
}

static void judge_finding(struct judging *judging,
			  const struct finding *finding)
{
	const struct model *model = judging->model;
	const struct death *death = verify_death(judging->verify,
						 finding->death);
	bool right = false;
	int matched = 0, told = 0;

	if ((finding->kind == FINDING_STRAY ||
	     finding->kind == FINDING_DUPLICATE ||
	     finding->kind == FINDING_GHOST || finding->kind == FINDING_LATE ||
	     finding->kind == FINDING_MISSING) &&
	    lost_new(model, finding))
		matched = right = true;
	if (finding->kind == FINDING_LATE && false_barrier(judging, finding))
		matched = right = true;
	for (int i = 0; i < model->n_faults; i++) {
		if (misled(model, finding, &model->faults[i]) ||
		    ended_unheard(model, finding, &model->faults[i]))
			matched = right = true;
		if (twice_hit(model, i) && finding->peer.known &&
		    had_number(model, finding->peer.nsid,
			       model->generations[model->faults[i].generation]
				       .peer))
			matched = right = true;
		if (!tells_of(model, finding, i))
			continue;
		matched++;
		told = i;
		right |= fault_allows(model->faults[i].kind, finding->kind) ||
			 twice_hit(model, i);
		judging->found[i] += finding->state != FINDING_WITHDRAWN;
	}
	/* A window beyond the settle time: no promise holds (H25). */
	if (judging->history->shape.long_phantom)
		return;
	if (!matched)
		fails(judging, FAILURE_FALSE_FINDING,
		      "finding %llu: %s (%s) at (%d, %d): %s",
		      (unsigned long long)finding->id,
		      finding_name(finding->kind),
		      finding_state_name(finding->state), finding->holder.nsid,
		      finding->nsid, finding->evidence);
	else if (!right && matched == 1 &&
		 finding->state != FINDING_WITHDRAWN &&
		 !(model->n_faults > 1 && death && death->findings > 1))
		fails(judging, FAILURE_WRONG_KIND,
		      "finding %llu: %s at (%d, %d) for a %s",
		      (unsigned long long)finding->id,
		      finding_name(finding->kind), finding->holder.nsid,
		      finding->nsid, fault_name(model->faults[told].kind));
}

/* ---- deaths --------------------------------------------------------------- */

/* Whom event seq was about; one sent under another number is about nobody. */
static int meant_by(const struct judging *judging, uint64_t seq)
{
	const struct history *history = judging->history;
	const struct model_message *message;
	const struct model_generation *of;

	if (!seq || seq > history->n_meaning)
		return MODEL_NOBODY;
	message = &history->meaning[seq - 1];
	of = &judging->model->generations[message->generation];
	/* Said of another place: whose is there is not known from this. */
	if (of->fault &&
	    judging->model->faults[of->fault - 1].other_holder >= 0)
		return MODEL_NOBODY;
	/* What was left behind may have gone as whoever got the memory, dead. */
	if (!of->removed_ns || !judging->model->spaces[of->removed_as].died_ns)
		return of->peer;
	return of->removed_as;
}

/* Whose death is it, in truth? */
static int peer_of(const struct judging *judging, const struct death *death)
{
	int peer = meant_by(judging, death->first_seq);

	return peer >= 0 ? peer : meant_by(judging, death->home_seq);
}

/* The holder was heard when this went, and alive at the barrier. */
static bool watched(const struct judging *judging,
		    const struct model_generation *generation,
		    uint64_t barrier_seq)
{
	const struct model *model = judging->model;
	const struct model_space *holder = &model->spaces[generation->holder];
	const struct model_space *peer = &model->spaces[generation->peer];
	uint64_t gone_ns = generation->removed_ns;

	if (generation->holder == generation->peer)
		return false;
	if (generation->holder == MODEL_HOME)
		return true;
	/* What a later pass swept away was due in the peer's own. */
	if (peer->pass &&
	    (!gone_ns || gone_ns > model->passes[peer->pass - 1].walked_ns))
		gone_ns = model->passes[peer->pass - 1].walked_ns;
	if (!holder->numbered_ns || (gone_ns && holder->numbered_ns > gone_ns))
		return false;
	if (holder->pass && peer->pass && holder->pass <= peer->pass)
		return false;
	/* Its own DEL was lost in a gap: it may have been gone by then. */
	if (holder->unnumbered_ns && !holder->home_del_seq)
		return !judging->history->gaps;
	/* A DEL in home may have been wrong: the number is there still. */
	return !holder->unnumbered_ns || holder->home_del_seq > barrier_seq;
}

/* What is heard once and went in time is right, for all that can be told. */
static bool harmless(enum fault_kind kind)
{
	return kind == FAULT_NEW_TWICE || kind == FAULT_DUPLICATE ||
	       kind == FAULT_PASS_TWICE;
}

/* It went in its peer's pass, and was announced once. */
static bool is_right(const struct model *model,
		     const struct model_generation *generation)
{
	return generation->removed_ns && generation->dels_heard == 1 &&
	       generation->removed_pass ==
		       model->spaces[generation->peer].pass &&
	       (!generation->fault ||
		harmless(model->faults[generation->fault - 1].kind));
}

/*
 * Another fault hit, before then, the number that its events carry: they speak
 * of nobody.
 */
static bool number_hit(const struct model *model,
		       const struct model_fault *fault, int holder,
		       uint64_t before_ns)
{
	for (int i = 0; i < model->n_faults; i++)
		if (&model->faults[i] != fault &&
		    model->faults[i].at_ns < before_ns &&
		    hits_number(model, i, holder))
			return true;
	return false;
}

/*
 * Another fault's DEL came in its place, be it one too many for the number's
 * next owner: for all that is heard it went well.
 */
static bool made_good(const struct model *model, int index)
{
	const struct model_generation *of =
		&model->generations[model->faults[index].generation];
	const struct model_generation *next;

	if (model->faults[index].kind != FAULT_SILENT)
		return false;
	for (int i = 0; i < model->n_faults; i++) {
		next = &model->generations[model->faults[i].generation];
		if (i != index &&
		    ((model->faults[i].other_holder == of->holder &&
		      model->faults[i].other_nsid == of->nsid) ||
		     (next->holder == of->holder && next->nsid == of->nsid &&
		      next->inserted_ns >= of->removed_ns &&
		      next->dels_heard > 1)))
			return true;
	}
	return false;
}

/* The only ones of the peer that anybody hears went wrong alike. */
static bool all_alike(const struct judging *judging,
		      const struct model_fault *fault, int peer)
{
	const struct model *model = judging->model;
	const struct model_generation *of;

	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->peer == peer && watched(judging, of, 0) &&
		    !number_hit(model, fault, of->holder, UINT64_MAX) &&
		    is_right(model, of))
			return false;
	}
	return true;
}

/* It lives, and one fault at least hit it so. */
static bool lives_nameless(const struct judging *judging, int peer)
{
	const struct model *model = judging->model;

	for (int i = 0; i < model->n_faults; i++)
		if (model->generations[model->faults[i].generation].peer ==
			    peer &&
		    is_nameless(judging, &model->faults[i]))
			return true;
	return false;
}

/* Which of the four blind spots excuses that it was not seen? */
static enum fate blind_spot(const struct judging *judging,
			    const struct model_fault *fault,
			    const struct model_generation *of,
			    const struct death *death)
{
	const struct model *model = judging->model;
	bool in_time = death && of->last_del_seq &&
		       of->last_del_seq < death->barrier_seq;

	if (fault_hides(fault->kind, BLIND_LIVING) &&
	    (died_soon(model, fault) || is_nameless(judging, fault)))
		return FATE_BLIND3;
	if (fault_hides(fault->kind, BLIND_BARRIER) && of->dels_heard == 1 &&
	    of->removed_ns && in_time && fault->other_holder < 0)
		return FATE_BLIND2;
	if (fault_hides(fault->kind, BLIND_ALIKE) &&
	    all_alike(judging, fault, of->peer))
		return FATE_BLIND1;
	return FATE_WRONG;
}

/* Another death of the same peer was opened, and left in doubt. */
static bool doubted(const struct judging *judging, int peer)
{
	const struct death *death = verify_closed_deaths(judging->verify);

	for (; death; death = death->next)
		if (death->verdict == VERDICT_INDETERMINATE &&
		    peer_of(judging, death) == peer)
			return true;
	return false;
}

/*
 * It came before the first answer about the holder's table took effect, or in a
 * gap: what was read until then is absorbed, not judged.
 */
static bool absorbed(const struct judging *judging,
		     const struct model_fault *fault)
{
	const struct model *model = judging->model;
	int holder = model->generations[fault->generation].holder;
	uint64_t since_ns = judging->history->started_ns;

	if (judging->history->gap_total)
		return true;
	if (holder != MODEL_HOME &&
	    model->spaces[holder].numbered_ns > since_ns)
		since_ns = model->spaces[holder].numbered_ns;
	return awake_ns(judging->history, since_ns, fault->at_ns) < BASELINE_NS;
}

/* An answer listed the entry, and had the time to take effect. */
static bool in_effect(const struct judging *judging,
		      const struct model_generation *of, uint64_t by_ns)
{
	return of->shown_ns &&
	       awake_ns(judging->history, of->shown_ns, by_ns) >= EFFECT_NS;
}

/* Some entries or holders are not watched: whose is not known from this. */
static bool left_out(const struct judging *judging)
{
	const struct watch *watch = judging->history->watch;

	return watch_beyond_times(watch, CEILING_ENTRIES) ||
	       watch_beyond_times(watch, CEILING_HOLDERS);
}

/*
 * What hit the peer while it lived was told: by a finding, or, where nobody
 * could be asked, as a death in doubt. Its entry is counted anew since.
 */
static bool told_before(const struct judging *judging,
			const struct model_generation *of)
{
	const struct model_fault *fault =
		&judging->model->faults[of->fault - 1];
	bool living = fault->kind == FAULT_PREMATURE ||
		      fault->kind == FAULT_GHOST;

	if (judging->found[of->fault - 1])
		return fault->reused || living ||
		       fault->kind == FAULT_PASS_TWICE;
	/*
	 * Before the first table, after a gap, and beyond a cut, nobody counts
	 * what comes too often.
	 */
	if ((absorbed(judging, fault) ||
	     judging->model->spaces[of->holder].cut) &&
	    of->dels_heard > 1)
		return true;
	if (fault->reused && fault_hides(fault->kind, BLIND_REUSED))
		return true;
	if (living &&
	    (absorbed(judging, fault) || left_out(judging) ||
	     judging->history->failed ||
	     !in_effect(judging, of, fault->at_ns) ||
	     judging->model->spaces[of->peer].numbered_ns > fault->at_ns))
		return true;
	/* It hit the number's new owner, whose death is in doubt. */
	if ((fault->reused || living) &&
	    watch_counters(judging->history->watch)->doubts > 0)
		return true;
	return living && doubted(judging, of->peer);
}

static void judge_verified(struct judging *judging, const struct death *death)
{
	const struct model *model = judging->model;
	int peer = peer_of(judging, death);
	const struct model_generation *of;
	const struct model_fault *fault;

	/* Removed while it lives, and nobody knows a name to ask: blind. */
	if (peer >= 0 && !model->spaces[peer].died_ns &&
	    lives_nameless(judging, peer))
		return;
	/* Two faults in home, and the events of two namespaces are mixed. */
	if (peer < 0 && model->n_faults > 1)
		return;
	if (peer < 0 || !model->spaces[peer].died_ns)
		fails(judging, FAILURE_WRONGLY_VERIFIED,
		      "death %llu: space %d lives",
		      (unsigned long long)death->id, peer);
	for (int i = 0; peer >= 0 && i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->peer != peer ||
		    !watched(judging, of, death->barrier_seq) ||
		    is_right(model, of))
			continue;
		fault = of->fault ? &model->faults[of->fault - 1] : NULL;
		/*
		 * Its NEW was lost, so that nobody knows whose it was; and no
		 * DEL came, or one elsewhere, or what came is found.
		 */
		if (of->lost_new &&
		    (!of->dels_heard ||
		     (fault && (fault->other_holder >= 0 ||
				judging->found[of->fault - 1]))))
			continue;
		if (fault && (told_before(judging, of) ||
			      twice_hit(model, of->fault - 1)))
			continue;
		if (fault &&
		    blind_spot(judging, fault, of, death) != FATE_WRONG)
			continue;
		fails(judging, FAILURE_WRONGLY_VERIFIED,
		      "death %llu (space %d, %s): (space %d, %d) went %s, "
		      "%d DELs, fault: %s",
		      (unsigned long long)death->id, peer,
		      proof_name(death->proof), of->holder, of->nsid,
		      of->removed_ns ? "not as it should" : "never", of->dels,
		      fault ? fault_name(fault->kind) : "none");
	}
}

/* The death of this space, the last one of several. */
static const struct death *death_of(const struct judging *judging, int peer)
{
	const struct death *lists[] = { verify_open_deaths(judging->verify),
					verify_closed_deaths(judging->verify) };
	const struct death *found = NULL;

	for (int i = 0; i < 2; i++)
		for (; lists[i]; lists[i] = lists[i]->next)
			if (peer_of(judging, lists[i]) == peer)
				found = lists[i];
	return found;
}

/* ---- faults --------------------------------------------------------------- */

/* Home's number for this space was known by then. */
static bool number_known(const struct judging *judging, int space,
			 uint64_t by_ns)
{
	const struct model *model = judging->model;
	const struct model_generation *of;

	if (space == MODEL_HOME)
		return true;
	for (int i = model->n_generations - 1; i >= 0; i--) {
		of = &model->generations[i];
		if (of->holder == MODEL_HOME && of->peer == space &&
		    of->inserted_ns <= by_ns)
			return !(of->removed_ns && of->removed_ns < by_ns) &&
			       (of->new_read || of->before) &&
			       awake_ns(judging->history,
					of->before ?
						judging->history->started_ns :
						of->inserted_ns,
					by_ns) >= EFFECT_NS;
	}
	return false;
}

/*
 * Full coverage: whom each of the peer's entries names was known before it
 * died, and so was each holder.
 */
static bool learned(const struct judging *judging,
		    const struct model_fault *fault)
{
	const struct model *model = judging->model;
	int peer = model->generations[fault->generation].peer;
	const struct model_generation *of;
	uint64_t by_ns = fault->at_ns;

	if (model->spaces[peer].died_ns && model->spaces[peer].died_ns < by_ns)
		by_ns = model->spaces[peer].died_ns;
	if (absorbed(judging, fault) || !number_known(judging, peer, by_ns) ||
	    awake_ns(judging->history, judging->history->started_ns, by_ns) <
		    BASELINE_NS)
		return false;
	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->peer == peer && watched(judging, of, 0) &&
		    (!in_effect(judging, of, by_ns) ||
		     !number_known(judging, of->holder, by_ns)))
			return false;
	}
	return true;
}

static bool is_live(enum fault_kind kind)
{
	return kind == FAULT_GHOST || kind == FAULT_PREMATURE ||
	       kind == FAULT_NEW_TWICE;
}

/* It died too soon after the barrier to be asked: nobody can tell what it held. */
static bool never_asked(const struct judging *judging,
			const struct model_generation *of,
			const struct death *death)
{
	const struct model_space *holder = &judging->model->spaces[of->holder];

	return death && death->verdict == VERDICT_INDETERMINATE &&
	       death->barrier_seq && holder->unnumbered_ns &&
	       awake_ns(judging->history, death->barrier_ns,
			holder->unnumbered_ns) < EFFECT_NS;
}

/*
 * A message that was wrong opened a death of whoever has the number in home, and
 * that one was not verified, whatever came of it later.
 */
static bool unverified_by_number(const struct judging *judging, int peer)
{
	const struct model *model = judging->model;
	const struct death *death = verify_closed_deaths(judging->verify);
	const struct model_generation *of;

	for (; death; death = death->next)
		for (int i = 0; i < model->n_generations; i++) {
			of = &model->generations[i];
			if (death->verdict != VERDICT_VERIFIED &&
			    of->holder == MODEL_HOME && of->peer == peer &&
			    of->nsid == death->peer->nsid &&
			    death->opened.mono_ns >= of->inserted_ns &&
			    !(of->removed_ns &&
			      death->opened.mono_ns > of->removed_ns))
				return true;
		}
	return false;
}

/* The death that the fault hit: what was opened while the peer lived is none. */
static const struct death *death_hit(const struct judging *judging,
				     const struct model_fault *fault, int peer)
{
	const struct death *death = death_of(judging, peer);
	uint64_t died_ns = judging->model->spaces[peer].died_ns;

	if (death && died_ns && fault->at_ns >= died_ns &&
	    death->opened.mono_ns < died_ns)
		return NULL;
	return death;
}

static enum fate fate_of(struct judging *judging, int index)
{
	const struct model *model = judging->model;
	const struct model_fault *fault = &model->faults[index];
	const struct model_generation *of =
		&model->generations[fault->generation];
	const struct death *death = death_hit(judging, fault, of->peer);
	enum fate blind;

	if (!fault->heard || (of->lost_new && !of->dels_heard) ||
	    (of->lost_new && fault->kind == FAULT_NEW_TWICE) ||
	    (fault->kind != FAULT_NEW_TWICE && harmless(fault->kind) &&
	     of->dels_heard == 1) ||
	    (is_live(fault->kind) && absorbed(judging, fault)) ||
	    !watched(judging, of, death ? death->barrier_seq : 0) ||
	    (!judging->found[index] && never_asked(judging, of, death)))
		return FATE_UNWATCHED;
	if (judging->found[index])
		return fault->reused && death &&
				       fault_hides(fault->kind, BLIND_REUSED) &&
				       death->verdict == VERDICT_VERIFIED ?
			       FATE_BLIND4 :
			       FATE_FOUND;
	if (made_good(model, index))
		return FATE_UNWATCHED;
	blind = blind_spot(judging, fault, of, death);
	if (blind != FATE_WRONG)
		return blind;
	if (!learned(judging, fault) &&
	    (!death || death->verdict != VERDICT_VERIFIED))
		return FATE_UNLEARNED;
	/* It speaks under a number that was hit before: of whom, who knows? */
	if (is_live(fault->kind) &&
	    number_hit(model, fault, of->holder, fault->at_ns))
		return FATE_DOUBT;
	/* Of two at one place, what is said of one may be of the other. */
	if (told_before(judging, of) ||
	    (twice_hit(model, index) &&
	     (!death || death->verdict != VERDICT_VERIFIED ||
	      harmless(fault->kind) ||
	      unverified_by_number(judging, of->peer))))
		return FATE_DOUBT;
	if (!death)
		return watch_counters(judging->history->watch)->doubts ||
				       unverified_by_number(judging, of->peer) ?
			       FATE_DOUBT :
			       FATE_WRONG;
	return death->verdict == VERDICT_VERIFIED ? FATE_WRONG : FATE_DOUBT;
}

/* H15: nobody announced anything of the peer. */
static bool any_heard(const struct model *model,
		      const struct model_fault *fault)
{
	int peer = model->generations[fault->generation].peer;

	for (int i = 0; i < model->n_generations; i++)
		if (model->generations[i].peer == peer &&
		    model->generations[i].dels_heard)
			return true;
	return false;
}

/* All that lives can be known: full coverage. */
static bool covers(const struct history_shape *shape)
{
	return shape->covered && !shape->cut && !shape->failing &&
	       !shape->ceilings;
}

static void judge_fault(struct judging *judging, int index)
{
	const struct history *history = judging->history;
	const struct model_fault *fault = &judging->model->faults[index];
	enum fate fate = fate_of(judging, index);
	struct oracle_totals *totals = judging->totals;
	bool full = !history->gap_total && covers(&history->shape);

	if (totals) {
		totals->faults++;
		totals->fates[fault->kind][fate] += !full;
		totals->full_fates[fault->kind][fate] += full;
		totals->cases[9] += fate == FATE_FOUND;
		totals->cases[15] += !any_heard(judging->model, fault);
	}
	if (fate == FATE_WRONG && full)
		fails(judging, FAILURE_UNNOTICED, "a %s at (space %d, %d)",
		      fault_name(fault->kind),
		      judging->model->generations[fault->generation].holder,
		      judging->model->generations[fault->generation].nsid);
	if (judging->model->n_faults == 1 && !history->gap_total &&
	    !judging->model->silent_losses &&
	    judging->found[index] > places(judging->model, index))
		fails(judging, FAILURE_SEVERAL, "%u findings for a %s",
		      judging->found[index], fault_name(fault->kind));
}

/* ---- ledger, order, memory -------------------------------------------------- */

/* A fault hit this entry, or hit another in its place. */
static bool hit(const struct model *model, int space, int32_t nsid)
{
	const struct model_generation *of;

	for (int i = 0; i < model->n_generations; i++) {
		of = &model->generations[i];
		if (of->fault && of->holder == space && of->nsid == nsid)
			return true;
	}
	for (int i = 0; i < model->n_faults; i++)
		if (model->faults[i].other_holder == space &&
		    model->faults[i].other_nsid == nsid)
			return true;
	return false;
}

/*
 * Its number may be a dead one's, which is no target, so that what has to be
 * asked again waits, and so does what nobody has heard of.
 */
static bool waits(const struct netns *holder, const struct entry *entry)
{
	return holder->death && (!entry || !entry->known);
}

static void compare_table(struct judging *judging, int space,
			  const struct netns *holder)
{
	const struct model_space *of = &judging->model->spaces[space];
	const struct entry *entry;
	int32_t last = of->cut ? holder->table_last : INT32_MAX;

	/* Nothing proved that it is alive, so nobody asks for its table. */
	if (holder->unproved && !holder->lives)
		return;
	/* A check has ended before the answer could take effect. */
	if (holder->inflight)
		return;

	/*
	 * An entry with a suspicion is known to differ, and waits for a barrier
	 * that never came.
	 */
	for (int i = 0; i < of->n_entries; i++) {
		entry = ledger_entry(holder, of->entries[i].nsid);
		if (of->entries[i].nsid <= last &&
		    !hit(judging->model, space, of->entries[i].nsid) &&
		    !waits(holder, entry) &&
		    !(entry && (entry->balance == 1 || entry->suspicion)))
			fails(judging, FAILURE_DIVERGED,
			      "(%d, %d) is not in the ledger", holder->nsid,
			      of->entries[i].nsid);
	}
	for (entry = holder->entries.first; entry; entry = entry->next) {
		if (entry->balance && entry->nsid <= last &&
		    !entry->suspicion && !waits(holder, entry) &&
		    !hit(judging->model, space, entry->nsid) &&
		    !model_entry(judging->model, space, entry->nsid))
			fails(judging, FAILURE_DIVERGED,
			      "(%d, %d) is in the ledger only", holder->nsid,
			      entry->nsid);
	}
}

/* A number in home that was left behind named a living one for a while. */
static bool any_stale(const struct model *model)
{
	const struct model_generation *of;

	for (int i = 0; i < model->n_faults; i++) {
		of = &model->generations[model->faults[i].generation];
		if (of->holder == MODEL_HOME &&
		    model->slots[model->spaces[of->peer].slot] != of->peer)
			return true;
	}
	return false;
}

static void judge_ledger(struct judging *judging)
{
	const struct ledger *ledger = watch_ledger(judging->history->watch);
	const struct model_space *home = &judging->model->spaces[MODEL_HOME];
	const struct netns *holder;
	uint32_t living = 1;
	int space;

	compare_table(judging, MODEL_HOME, ledger->home);
	for (int i = 0; i < home->n_entries; i++) {
		space = judging->model->slots[home->entries[i].slot];
		if (space == MODEL_HOME || !judging->model->spaces[space].refs)
			continue;
		/* Beyond home's cut nobody is known for sure. */
		if (home->cut &&
		    home->entries[i].nsid > ledger->home->table_last)
			continue;
		/* A stale pointer, whose memory somebody else got. */
		if (judging->model->generations[home->entries[i].generation]
			    .peer != space)
			continue;
		living++;
		holder = ledger_holder(ledger, home->entries[i].nsid);
		if (holder &&
		    hit(judging->model, MODEL_HOME, home->entries[i].nsid))
			continue;
		if (holder)
			compare_table(judging, space, holder);
		else if (!home->cut && !any_stale(judging->model) &&
			 !hit(judging->model, MODEL_HOME,
			      home->entries[i].nsid))
			fails(judging, FAILURE_DIVERGED,
			      "home's %d is not in the ledger",
			      home->entries[i].nsid);
	}
	for (const struct death *death = verify_open_deaths(judging->verify);
	     death; death = death->next)
		living++;
	if (!home->cut && !judging->model->n_faults &&
	    ledger->n_netnses > living)
		fails(judging, FAILURE_MEMORY, "%u namespaces, %u live",
		      ledger->n_netnses, living);
}

/*
 * What there is beyond a ceiling is left out. Whose number is known goes on to
 * its next owner, so that for a while it may have two.
 */
static void judge_ceilings(struct judging *judging)
{
	const struct history_shape *shape = &judging->history->shape;
	const struct ledger *ledger = watch_ledger(judging->history->watch);
	const struct netns *holder = ledger->netnses;

	if (shape->max_holders &&
	    ledger->home->n_entries > 2 * shape->max_holders)
		fails(judging, FAILURE_MEMORY, "%u numbers in home of %u",
		      ledger->home->n_entries, shape->max_holders);
	for (; holder; holder = holder->next)
		if (shape->max_entries && !holder->home &&
		    holder->n_entries > 2 * shape->max_entries)
			fails(judging, FAILURE_MEMORY, "%u entries of %u",
			      holder->n_entries, shape->max_entries);
}

static void judge_order(struct judging *judging)
{
	const struct passes *passes = watch_passes(judging->history->watch);
	bool batched = judging->model->config.batched;
	const struct pass *pass;

	/* What went early or late by a fault is no part of a walk. */
	if (judging->model->n_faults)
		return;
	for (size_t i = 0; (pass = passes_get(passes, i)); i++) {
		if (judging->totals)
			judging->totals->orders[pass->order]++;
		if (pass->order ==
			    (batched ? ORDER_PER_PEER : ORDER_PER_HOLDER) ||
		    pass->order == ORDER_MIXED)
			fails(judging, FAILURE_ORDER, "pass %llu is %s",
			      (unsigned long long)pass->id,
			      order_name(pass->order));
	}
}

/* ---- all of it -------------------------------------------------------------- */

static void count_death(struct judging *judging, const struct death *death)
{
	struct oracle_totals *totals = judging->totals;
	const struct history_shape *shape = &judging->history->shape;
	int at = shape->calm ? 0 : 1, peer = peer_of(judging, death);
	const struct counters *counters =
		watch_counters(judging->history->watch);

	/* The last barriers have none themselves. */
	if (peer >= 0 && judging->model->spaces[peer].canary)
		return;
	if (!totals || counters->gaps[GAP_NUMBER] || judging->model->n_faults ||
	    judging->history->gaps || !covers(shape) || shape->long_phantom ||
	    judging->model->silent_losses)
		return;
	totals->deaths[at]++;
	if (death->verdict == VERDICT_VERIFIED) {
		totals->verified[at]++;
		totals->by_accounts[at] += death->proof == PROOF_ACCOUNTS;
	} else if (death->verdict == VERDICT_INDETERMINATE) {
		totals->reasons[at][death->reason]++;
	} else {
		totals->open[at]++;
	}
}

static void judge_deaths(struct judging *judging)
{
	const struct death *lists[] = { verify_open_deaths(judging->verify),
					verify_closed_deaths(judging->verify) };

	for (int i = 0; i < 2; i++)
		for (; lists[i]; lists[i] = lists[i]->next) {
			count_death(judging, lists[i]);
			if (lists[i]->verdict == VERDICT_VERIFIED)
				judge_verified(judging, lists[i]);
		}
}

static void count_history(struct judging *judging)
{
	struct oracle_totals *totals = judging->totals;
	const struct model *model = judging->model;
	uint64_t events = judging->history->n_meaning;

	if (!totals)
		return;
	totals->histories++;
	totals->events += events;
	totals->harmless += !model->n_faults;
	totals->sizes[events < ORACLE_SIZES ? events : ORACLE_SIZES - 1]++;
	totals->spaces[model->n_spaces]++;
	totals->inversions += model->inversions;
	totals->phantoms += model->phantoms;
	totals->splits += model->splits;
	totals->gaps += judging->history->gaps;
	totals->silent_losses += model->silent_losses;
	totals->failed += judging->history->failed;
	for (int i = 0; i < MODEL_CASES; i++)
		totals->cases[i] += model->cases[i];
}

void oracle_judge(const struct history *history, struct oracle_totals *totals,
		  struct oracle_result *ret_result)
{
	struct judging judging = {
		.history = history,
		.model = &history->model,
		.verify = watch_verify(history->watch),
		.totals = totals,
		.result = ret_result,
	};
	const struct finding *finding = verify_findings(judging.verify);

	*ret_result = (struct oracle_result){ .failure = FAILURE_NONE };
	count_history(&judging);
	for (; finding; finding = finding->next)
		judge_finding(&judging, finding);
	judge_deaths(&judging);
	for (int i = 0; i < history->model.n_faults; i++)
		judge_fault(&judging, i);
	if (history->harmful)
		fails(&judging, FAILURE_HARMFUL, "see the questions");
	if (history->stuck)
		fails(&judging, FAILURE_STUCK, "at %.3f s",
		      (double)history->model.now_ns / 1e9);
	/* Where two faults mix, entries are taken anew that neither hit. */
	if (history->shape.ceilings)
		judge_ceilings(&judging);
	else if (judging.model->n_faults < 2)
		judge_ledger(&judging);
	judge_order(&judging);
}

/* ---- a digest --------------------------------------------------------------- */

static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size--)
		digest = (digest ^ *at++) * 0x100000001b3ull;
	return digest;
}

uint64_t oracle_digest(const struct history *history)
{
	const struct verify *verify = watch_verify(history->watch);
	const struct death *lists[] = { verify_open_deaths(verify),
					verify_closed_deaths(verify) };
	const struct finding *finding = verify_findings(verify);
	uint64_t digest = 0xcbf29ce484222325ull;

	for (int i = 0; i < 2; i++)
		for (; lists[i]; lists[i] = lists[i]->next) {
			uint64_t values[] = {
				lists[i]->id,	     lists[i]->first_seq,
				lists[i]->verdict,   lists[i]->proof,
				lists[i]->reason,    lists[i]->revision,
				lists[i]->n_removals
			};

			digest = mix(digest, values, sizeof(values));
		}
	for (; finding; finding = finding->next) {
		digest = mix(digest, finding->evidence,
			     strlen(finding->evidence));
		digest = mix(digest, &finding->state, sizeof(finding->state));
	}
	/* The last of them counts what the shell did not take in time. */
	digest = mix(digest, watch_counters(history->watch),
		     offsetof(struct counters, untaken));
	return mix(digest, &history->questions, sizeof(history->questions));
}

static void print_death(const struct judging *judging,
			const struct death *death)
{
	printf("  death %llu of home's %d (%u), space %d: %s %s, events %llu, "
	       "%llu, barrier %llu, %u removals, %u excused%s\n",
	       (unsigned long long)death->id, death->peer->nsid,
	       death->peer->generation, peer_of(judging, death),
	       verdict_name(death->verdict), reason_name(death->reason),
	       (unsigned long long)death->first_seq,
	       (unsigned long long)death->home_seq,
	       (unsigned long long)death->barrier_seq, death->n_removals,
	       death->excused, death->certain ? "" : ", not certain");
}

void oracle_print(const struct history *history)
{
	const struct verify *verify = watch_verify(history->watch);
	const struct death *death = verify_closed_deaths(verify);
	const struct finding *finding = verify_findings(verify);
	const struct judging judging = { .history = history,
					 .model = &history->model };

	for (; death; death = death->next)
		print_death(&judging, death);
	for (death = verify_open_deaths(verify); death; death = death->next)
		print_death(&judging, death);
	for (; finding; finding = finding->next)
		printf("  finding %llu at %.3f s: %s (%s) at (%d, %d), peer "
		       "%d, death %llu: %s\n",
		       (unsigned long long)finding->id,
		       (double)finding->at.mono_ns / 1e9,
		       finding_name(finding->kind),
		       finding_state_name(finding->state), finding->holder.nsid,
		       finding->nsid,
		       finding->peer.known ? finding->peer.nsid : -9,
		       (unsigned long long)finding->death, finding->evidence);
}
