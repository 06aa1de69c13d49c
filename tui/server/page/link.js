/**
 * What the address of this page says: which session, and what lets somebody in.
 *
 * A token and a key come in the fragment, which is never sent to any server, and are taken out of the
 * address bar at once. They stay in the history entry of this tab alone, so that a reload works; nothing
 * of them is stored.
 */

/**
 * @typedef {object} Link
 * @property {URL} server Where signalling and REST are, with a slash at its end.
 * @property {string} session
 * @property {string} token A personal call token; empty when there is none.
 * @property {string} invitation The code of a link for many; empty when there is none.
 * @property {string} key What seals the call end to end, one key a line; empty when there is none.
 */

/**
 * @param {Location} location
 * @param {History} history
 * @returns {Link}
 */
export function takeLink(location, history) {
  const given = new URLSearchParams(location.hash.slice(1));
  const query = new URLSearchParams(location.search);
  const kept = history.state ?? {};
  const [token, invitation] = ['token', 'invite'].map(
    (name) => given.get(name) ?? (name === 'token' ? query.get(name) : null));
  const key = given.has('key') ? given.getAll('key').join('\n') : null;
  const fresh = token !== null || invitation !== null;
  const secrets = fresh
    ? { token: token ?? '', invitation: invitation ?? '', key: key ?? '' }
    : { token: kept.token ?? '', invitation: kept.invitation ?? '', key: key ?? kept.key ?? '' };
  history.replaceState(secrets, '', location.pathname);
  return { server: new URL('..', import.meta.url), session: sessionOf(location.pathname), ...secrets };
}

/**
 * Keep the token that an invitation was changed for, or the keys taken up, so that a reload is the same.
 *
 * @param {History} history
 * @param {{token: string} | {key: string}} secret
 */
export function keep(history, secret) {
  history.replaceState({ ...history.state, ...secret }, '');
}

/** @param {string} path Ends with `/join/SESSION`. */
function sessionOf(path) {
  const found = path.match(/\/join\/(.+?)\/?$/);
  try {
    return decodeURIComponent(found?.[1] ?? '');
  } catch {
    return found?.[1] ?? '';
  }
}
