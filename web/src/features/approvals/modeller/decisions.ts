/** A decision table out of its DMN, and the cases that are kept beside it. Pure but for the browser's own parser. */
export interface DecisionTable {
  id: string;
  name: string;
  hitPolicy: string;
  inputs: string[];
  outputs: string[];
  rules: { cells: string[]; answers: string[]; because: string }[];
}

const DMN = '*';
const textOf = (node: Element, tag: string): string => node.getElementsByTagNameNS(DMN, tag)[0]?.textContent?.trim() ?? '';
const all = (node: Element | Document, tag: string): Element[] => [...node.getElementsByTagNameNS(DMN, tag)];

/** Null when the text is no decision table. */
export function readTable(xml: string): DecisionTable | null {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  const decision = all(document, 'decision')[0];
  const table = all(document, 'decisionTable')[0];
  if (!decision || !table || document.getElementsByTagName('parsererror').length > 0) return null;
  return {
    id: decision.getAttribute('id') ?? '',
    name: decision.getAttribute('name') ?? '',
    hitPolicy: table.getAttribute('hitPolicy') ?? 'UNIQUE',
    inputs: all(table, 'input').map((one) => one.getAttribute('label') || textOf(one, 'text')),
    outputs: all(table, 'output').map((one) => one.getAttribute('label') || one.getAttribute('name') || ''),
    rules: all(table, 'rule').map((rule) => ({
      cells: all(rule, 'inputEntry').map((one) => textOf(one, 'text')),
      answers: all(rule, 'outputEntry').map((one) => textOf(one, 'text').replace(/^["']|["']$/g, '')),
      because: textOf(rule, 'description'),
    })),
  };
}

/** Rows of a CSV as spreadsheets write it: quotes doubled inside quotes, either end of line, a mark at the front. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const source = text.replace(/^\ufeff/, '');
  for (let at = 0; at < source.length; at += 1) {
    const one = source[at] ?? '';
    if (isQuoted) {
      if (one !== '"') cell += one;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (one === '"') isQuoted = true;
    else if (one === ',') {
      row.push(cell);
      cell = '';
    } else if (one === '\n' || one === '\r') {
      if (one === '\r' && source[at + 1] === '\n') at += 1;
      rows.push([...row, cell]);
      row = [];
      cell = '';
    } else cell += one;
  }
  if (cell || row.length > 0) rows.push([...row, cell]);
  return rows.filter((each) => each.some((one) => one.trim() !== ''));
}

export const writeCsv = (rows: string[][]): string =>
  rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell)).join(',')).join('\n') + '\n';
