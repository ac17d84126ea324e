/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/alerts.h"

void alerts_deinit(struct alerts *alerts)
{
	size_t i;

	for (i = 0; i < ALERTS_KEPT; i++)
		json_decref(alerts->ring[i]);
	*alerts = (struct alerts){ 0 };
}

void alerts_add(struct alerts *alerts, json_t *document)
{
	json_t **place = &alerts->ring[alerts->seq++ % ALERTS_KEPT];

	json_decref(*place);
	*place = json_incref(document);
}

/* Whoever follows knows those up to this one. */
static uint64_t known(const struct alerts *alerts,
		      const struct shapes_cursor *cursor)
{
	if (cursor->begun)
		return cursor->key;
	return alerts->seq > cursor->limit ? alerts->seq - cursor->limit : 0;
}

json_t *alerts_list(const struct alerts *alerts, struct shapes_cursor *cursor)
{
	uint64_t seq = known(alerts, cursor), lost = 0;
	json_t *rows = json_array(), *document;
	int r = 0;

	if (alerts->seq - seq > ALERTS_KEPT) {
		lost = cursor->begun ? alerts->seq - seq - ALERTS_KEPT : 0;
		seq = alerts->seq - ALERTS_KEPT;
	}
	for (; seq < alerts->seq; seq++) {
		document = alerts->ring[seq % ALERTS_KEPT];
		lost += !document;
		if (document)
			r |= json_array_append(rows, document);
	}
	cursor->key = alerts->seq;
	cursor->begun = true;
	cursor->ended = true;
	if (r == 0)
		return SHAPES_OBJECT({ "alerts", rows },
				     { "lost", shapes_number(lost) });
	json_decref(rows);
	return NULL;
}
