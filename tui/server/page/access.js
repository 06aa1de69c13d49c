/** What lets somebody in: a personal token, or one for a new guest of a link for many. */

/**
 * @typedef {import('./link.js').Link} Link
 * @typedef {{token: string, name: string, media: URL}} Admission With where calls are.
 */

/** Statuses that say in words why nobody comes in. */
const REFUSED = [401, 403, 410];

/** A refusal by the server, in its words. */
export class Refused extends Error {}

/**
 * A token for a new guest; in a locked call it takes until somebody lets us in.
 *
 * @param {Link} link With an invitation.
 * @param {string} name
 * @param {() => void} waiting Somebody has to let us in.
 * @returns {Promise<string>}
 * @throws {Refused}
 */
export async function becomeGuest({ server, session, invitation }, name, waiting) {
  for (let knock = '';;) {
    const { data } = await ask(new URL('v3.0/guests', server), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sessionId: session, invitation, name, knock }),
    });
    if (data.token) return data.token;
    if (!knock) waiting();
    knock = data.knock;
  }
}

/**
 * Whose token it is, asked of the server, so that an expired one is told before anybody joins.
 *
 * @param {URL} server
 * @param {string} token
 * @returns {Promise<Admission>}
 * @throws {Refused}
 */
export async function check(server, token) {
  const answer = await ask(new URL('v3.0/call_tokens?configVersion=1', server), {
    headers: { calltoken: token },
  });
  const told = new URL(answer.data.url.replace(/^ws/, 'http').replace(/\/*$/, '/'));
  // A call that is carried here is reached as this page was, whatever path a proxy gave it.
  return { token, name: answer.data.user.name, media: told.host === server.host ? server : told };
}

/**
 * Why the server lets nobody in with this token now; empty when it does, or does not answer.
 *
 * @param {URL} server
 * @param {string} token
 * @param {string} session The one that we were in and lost, by the server's id; empty: none.
 */
export async function refusal(server, token, session) {
  try {
    const asked = `rtc/validate?${new URLSearchParams({ again_in: session })}`;
    const answer = await fetch(new URL(asked, server), { headers: { Authorization: `Bearer ${token}` } });
    return REFUSED.includes(answer.status) ? (await answer.text()).slice(0, 200) : '';
  } catch {
    return '';
  }
}

/**
 * @param {URL} url
 * @param {RequestInit} request
 */
async function ask(url, request) {
  const response = await fetch(url, { ...request, cache: 'no-store' });
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.error?.message ?? `the server answered ${response.status}`);
  return answer;
}
