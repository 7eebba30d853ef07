/** The checks that a form can make before the server does; the server's own sentence always wins. */
export const MIN_PASSWORD = 10;

export type PasswordProblem = 'short' | 'same' | 'mismatch' | null;

export function checkNewPassword(next: string, again: string, old = ''): PasswordProblem {
  if ([...next].length < MIN_PASSWORD) return 'short';
  if (old && next === old) return 'same';
  return next === again ? null : 'mismatch';
}
