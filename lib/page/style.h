/* SPDX-License-Identifier: MIT
 *
 * style: the style sheet of a report. Text has a contrast of 4.5 or more to the background (WCAG 2, AA), curves have 3
 * or more, in the light scheme and in the dark one. Nothing is said by colour alone.
 */
#ifndef ASYNTRAIN_PAGE_STYLE_H
#define ASYNTRAIN_PAGE_STYLE_H

extern const char *const style_sheet;

#endif
