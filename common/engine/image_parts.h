/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of an image, in the order in which they stand. Each goes in both
 * directions (image_codec.h). */

struct image;

/* image_ledger.c: who there is; then the tables, and who is named by whom. */
void image_netnses(struct image *image);
void image_tables(struct image *image);
/* The entries that are closed and kept: after those that are suspected. */
void image_idle(struct image *image);

/* image_verify.c: deaths, findings, suspicions, evidence, accounts. */
void image_verify(struct image *image);

/* image_sync.c: names, what is wanted, and answers on their way. */
void image_names(struct image *image);
void image_sync(struct image *image);

/* image_passes.c: what is remembered of passes. */
void image_passes(struct image *image);
