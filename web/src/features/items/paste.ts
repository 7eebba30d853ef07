/** Cells copied from Excel or WPS, as they arrive in a text field: tabs between cells, quotes round what holds a line break. Pure. */

export type Column = 'number' | 'title' | 'unit' | 'supporting' | 'handler' | 'due' | 'category' | 'budget' | 'note';

export interface Table {
  /** What each column holds, as its heading says; null where the heading is unknown or there is none. */
  columns: (Column | null)[];
  heading: string[] | null;
  rows: string[][];
}

const LEAST = 2;
/** A cell that holds more is running text, not a ledger. */
const LONGEST_CELL = 2000;

/** Rows of cells; a quoted cell keeps its tabs and line breaks, and two quotes inside it stand for one. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const source = text.replace(/\r\n?/g, '\n');
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at] ?? '';
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (sign === '"' && cell === '' && closes(source, at + 1)) isQuoted = true;
    else if (sign === '\t' || sign === '\n') {
      row.push(cell.trim());
      cell = '';
      if (sign === '\n') {
        rows.push(row);
        row = [];
      }
    } else cell += sign;
  }
  row.push(cell.trim());
  rows.push(row);
  return rows.filter((one) => one.some((word) => word !== ''));
}

/** A quote opens a cell only when another one ends it: people also write "so" in running text. */
function closes(source: string, from: number): boolean {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] !== '"') continue;
    if (source[at + 1] === '"') at += 1;
    else return /^[\t\n]?$/.test(source[at + 1] ?? '');
  }
  return false;
}

const HEADINGS: [Column, RegExp][] = [
  ['number', /^(序号|编号|no\.?|#)$/i],
  ['supporting', /(配合|协办|会办|协同)/],
  ['unit', /(牵头|责任|承办|主办|实施|落实|申报|建设)?(单位|部门)/],
  ['handler', /(责任人|经办人|承办人|联系人|负责人)/],
  ['due', /(时限|期限|截止|完成时间|完成日期|办结时间|到期)/],
  ['budget', /(投资|预算|金额|资金)/],
  ['category', /(类别|类型|分类)/],
  ['title', /(事项|任务|项目|工作|内容|问题|名称|标题)/],
  ['note', /(备注|说明|要求)/],
];

function columnOf(heading: string): Column | null {
  const word = heading.replace(/\s/g, '');
  if (!word || word.length > 16) return null;
  return HEADINGS.find(([, pattern]) => pattern.test(word))?.[0] ?? null;
}

/** A table of at least two rows and two columns, or null: then the words are simply pasted. */
export function tableOf(text: string): Table | null {
  if (!text.includes('\t')) return null;
  const cells = cellsOf(text);
  const width = Math.max(0, ...cells.map((row) => row.length));
  if (cells.length < LEAST || width < LEAST) return null;
  // Code and running text with a stray tab: most rows must have their cells.
  if (cells.filter((row) => row.filter(Boolean).length >= LEAST).length < Math.ceil(cells.length / 2)) return null;
  if (cells.some((row) => row.some((cell) => cell.length > LONGEST_CELL))) return null;
  const even = cells.map((row) => [...row, ...Array<string>(width - row.length).fill('')]);
  const first = even[0] ?? [];
  const named = first.map(columnOf);
  const isHeading = named.includes('title') || named.filter(Boolean).length >= LEAST;
  // A second column of one kind (任务 and 工作内容) is only text.
  const columns = named.map((column, at) => (isHeading && column && named.indexOf(column) === at ? column : null));
  if (!isHeading) return { columns: guess(even), heading: null, rows: even };
  return even.length > 1 ? { columns, heading: first, rows: even.slice(1) } : null;
}

/** Without a heading: counting numbers are the number, the longest words the title. */
function guess(rows: string[][]): (Column | null)[] {
  const width = rows[0]?.length ?? 0;
  const columns: (Column | null)[] = Array<Column | null>(width).fill(null);
  const of = (at: number): string[] => rows.map((row) => row[at] ?? '').filter(Boolean);
  for (let at = 0; at < width; at += 1) {
    const words = of(at);
    if (words.length === 0) continue;
    if (!columns.includes('number') && words.every((word, index) => Number(word) === index + Number(words[0]))) columns[at] = 'number';
    else if (!columns.includes('due') && words.every((word) => /\d+\s*[年月./-]\s*\d+/.test(word))) columns[at] = 'due';
    else if (!columns.includes('unit') && words.every((word) => /(局|委|办|部|院|厅|县|区|市|乡|镇|街道|公司|中心|社)$/.test(word))) columns[at] = 'unit';
  }
  let longest = -1;
  let most = 0;
  for (let at = 0; at < width; at += 1) {
    if (columns[at]) continue;
    const length = of(at).reduce((sum, word) => sum + word.length, 0);
    if (length > most) [longest, most] = [at, length];
  }
  if (longest >= 0) columns[longest] = 'title';
  return columns;
}

/** What stands in the row under a column. */
export function cellOf(table: Table, row: readonly string[], column: Column): string {
  const at = table.columns.indexOf(column);
  return at < 0 ? '' : (row[at] ?? '');
}

/** Rows that say what is to be done; total lines and blank ones are left out. */
export const itemRows = (table: Table): string[][] =>
  table.rows.filter((row) => {
    const title = cellOf(table, row, 'title').replace(/\s/g, '');
    return title !== '' && !/^(合计|总计|小计)/.test(title) && !/^(合计|总计|小计)/.test((row[0] ?? '').replace(/\s/g, ''));
  });

const WORDS: Partial<Record<Column, string>> = {
  number: '序号', title: '事项名称', unit: '牵头单位', supporting: '配合单位', handler: '责任人', due: '完成时限', category: '类别', budget: '投资（万元）', note: '备注',
};

/** Known headings over the columns. */
const headingOf = (table: Table): string[] => table.columns.map((column, at) => (column ? WORDS[column] : table.heading?.[at]) ?? '');

/** The rows with tabs again, under headings that the server knows; breaks inside a cell become spaces. */
export const textOf = (table: Table): string => [headingOf(table), ...itemRows(table)].map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')).join('\t')).join('\n');
