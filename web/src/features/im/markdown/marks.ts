/** What the composer's formatting puts around words, or in front of lines. Pure. */
export interface Mark {
  key: 'bold' | 'list' | 'code' | 'quote' | 'link';
  sample: string;
  before: string;
  after: string;
  /** In front of each line instead of around the words. */
  isLine?: boolean;
}

export const MARKS: readonly Mark[] = [
  { key: 'bold', sample: '**…**', before: '**', after: '**' },
  { key: 'list', sample: '- …', before: '- ', after: '', isLine: true },
  { key: 'code', sample: '`…`', before: '`', after: '`' },
  { key: 'quote', sample: '> …', before: '> ', after: '', isLine: true },
  { key: 'link', sample: '[…](https://)', before: '[', after: '](https://)' },
];

export interface Marked {
  text: string;
  from: number;
  to: number;
}

/** The text with the mark put to what is selected, and what is selected then. */
export function applyMark(text: string, from: number, to: number, mark: Mark): Marked {
  if (mark.isLine) {
    const start = text.lastIndexOf('\n', from - 1) + 1;
    const lines = text.slice(start, to).split('\n').map((line) => `${mark.before}${line}`).join('\n');
    const end = start + lines.length;
    return { text: `${text.slice(0, start)}${lines}${text.slice(to)}`, from: end, to: end };
  }
  const words = text.slice(from, to);
  const isBlock = mark.key === 'code' && words.includes('\n');
  const [before, after] = isBlock ? ['```\n', '\n```'] : [mark.before, mark.after];
  return {
    text: `${text.slice(0, from)}${before}${words}${after}${text.slice(to)}`,
    from: from + before.length,
    to: from + before.length + words.length,
  };
}
