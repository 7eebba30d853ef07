/** The three-colour codes as the server names them, with the Chinese and short spellings it may use in cards. */
export type Colour = 'red' | 'amber' | 'green' | 'grey' | 'done';

const SPELLINGS: Record<string, Colour> = {
  red: 'red', 红: 'red', r: 'red',
  amber: 'amber', yellow: 'amber', 黄: 'amber',
  green: 'green', 绿: 'green',
  grey: 'grey', gray: 'grey', slate: 'grey', 灰: 'grey', none: 'grey',
  done: 'done', closed: 'done', 完: 'done', 办结: 'done',
};

export function toColour(value: string | null | undefined): Colour {
  return SPELLINGS[(value ?? '').toLowerCase()] ?? 'grey';
}

const CHIP: Record<Colour, string> = { red: 'red', amber: 'amber', green: 'green', grey: 'slate', done: 'done' };

export function chipClassOf(colour: Colour): string {
  return CHIP[colour];
}

const BAR: Record<Colour, string> = { red: 'r', amber: 'a', green: 'g', grey: 's', done: 'g' };

/** Class of a progress bar's fill; normal progress is brand, only trouble takes its colour. */
export function barClassOf(colour: Colour): string {
  return colour === 'red' || colour === 'amber' ? BAR[colour] : 'b';
}
