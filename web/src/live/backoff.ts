/** Delay before reconnect attempt n (from 1): doubling from half a second to half a minute, jittered by half. */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(30_000, 500 * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (0.5 + random() * 0.5));
}

/** Delay before automatic resend n (from 1) of one message. */
export function resendDelay(attempt: number): number {
  return 1000 * 3 ** (attempt - 1);
}
