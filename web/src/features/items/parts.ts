/** What a supporting unit may do to its part, in the order of the buttons; the server says which of them now. Pure. */
export interface PartAct {
  ability: string;
  key: string;
  /** Path below /items/{id}/parts/{part}. */
  path: string;
  /** The server's name of the words; none: done at once. */
  field?: string;
  fixed?: Record<string, unknown>;
}

export const PART_ACTS: readonly PartAct[] = [
  { ability: 'sign_for', key: 'sign', path: 'sign-for' },
  { ability: 'answer', key: 'answer', path: 'answer', field: 'text' },
  { ability: 'no_opinion', key: 'noOpinion', path: 'no-opinion' },
  { ability: 'dissent', key: 'dissent', path: 'dissent', field: 'text' },
  { ability: 'answer_dissent', key: 'answerDissent', path: 'dissent/answer', field: 'text' },
  { ability: 'return', key: 'return', path: 'return', field: 'reason' },
];
