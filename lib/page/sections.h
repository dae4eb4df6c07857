/* SPDX-License-Identifier: MIT
 *
 * sections: the parts of a report (lib/page/page.h), in the order of the page. Each writes one section, also where the
 * runs have nothing for it: then it says what to do.
 */
#ifndef ASYNTRAIN_PAGE_SECTIONS_H
#define ASYNTRAIN_PAGE_SECTIONS_H

#include "lib/page/page.h"

struct section_row {
    const char *id, *title;
};
extern const struct section_row section_table[]; /* ended by a row whose id is NULL */

void settings_differences(struct page *p); /* what the configurations do not have in common */
void settings_runs(struct page *p); /* what the logs say of the runs, and how they ended */
void settings_corpora(struct page *p); /* files, sizes, digests */
void progress_section(struct page *p); /* loss, score, speed */
void concurrency_errors(struct page *p); /* gradients in error, by thread: row 1 of Figures 2 and 3 */
void concurrency_delays(struct page *p);
void concurrency_audit(struct page *p); /* how wrong gradients are */
/* Row 3 of Figures 2 and 3, from the CSV file of bench --out; `path` NULL: there is none. false:
 * it could not be read. */
bool speedup_section(struct page *p, const char *path, struct error *e);
void timeline_section(struct page *p); /* R, G, W of threads: Figure 1 */
void settings_whole(struct page *p); /* the whole configuration of each run */

#endif
