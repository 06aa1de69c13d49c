/** How many tiles stand side by side, so that 16:9 pictures are as large as the room allows. */

const SHAPE = 16 / 9;

/**
 * @param {number} count Of tiles.
 * @param {number} width Of the room, in pixels.
 * @param {number} height
 */
export function columnsFor(count, width, height) {
  let best = 1;
  let largest = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const size = Math.min(width / columns, (height / rows) * SHAPE);
    // Half a pixel more is no reason for another column.
    if (size > largest + 1) [best, largest] = [columns, size];
  }
  return best;
}

/**
 * Lay out the tiles of `list`; a shared screen has a row of its own.
 *
 * @param {HTMLElement} list
 */
export function layOut(list) {
  const screens = list.querySelectorAll('.screen').length;
  const people = list.childElementCount - screens;
  // Where the page itself scrolls, the list is as high as its tiles, which says nothing.
  const scrolls = getComputedStyle(list).overflowY === 'visible';
  const height = scrolls ? window.innerHeight * 0.55 : list.clientHeight;
  const columns = screens ? Math.max(people, 1) : columnsFor(people, list.clientWidth, height);
  const most = Math.max(1, Math.floor(list.clientWidth / 120));
  list.style.setProperty('--columns', String(Math.min(columns, most)));
}
