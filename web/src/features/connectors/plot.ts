/** Where values and limits stand in a chart. Pure. */
export interface Plot {
  line: string;
  ticks: { y: number; value: number }[];
  limits: { y: number; word: string }[];
  /** Values that were corrected. */
  marks: { x: number; y: number }[];
  first: number;
  last: number;
}

const LEFT = 56;
const RIGHT = 8;
const TOP = 16;
const BOTTOM = 28;
const TICKS = 4;

/** Sums of binary fractions, without what they are off by. */
const round = (value: number): number => Number(value.toPrecision(12));

/** 1, 2 or 5 times a power of ten, so that the scale is read at a glance and has about four lines. */
function stepOf(span: number): number {
  const rough = (span || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((one) => one * power >= rough) ?? 10) * power;
}

/** A value holds until the next one, so the line goes in steps; null with fewer than two points. */
export function plotOf(points: { at: string; value: string }[], limits: { value: string; word: string }[], width: number, height: number, revised: readonly string[] = [], decimals = 6): Plot | null {
  const found = points.map((one) => [Date.parse(one.at), Number(one.value)] as const).filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value));
  const start = found[0];
  const end = found[found.length - 1];
  if (!start || !end || found.length < 2) return null;
  const bounds = limits.map((one) => Number(one.value)).filter(Number.isFinite);
  const all = [...found.map(([, value]) => value), ...bounds];
  const step = Math.max(10 ** -decimals, stepOf(Math.max(...all) - Math.min(...all)));
  const low = Math.floor(round(Math.min(...all) / step)) * step;
  const span = Math.max(step, Math.ceil(round(Math.max(...all) / step)) * step - low);
  const x = (at: number): number => LEFT + ((at - start[0]) / (end[0] - start[0] || 1)) * (width - LEFT - RIGHT);
  const y = (value: number): number => height - BOTTOM - ((value - low) / span) * (height - TOP - BOTTOM);
  const line = found.map(([at, value], index) => (index === 0 ? `M${x(at).toFixed(1)} ${y(value).toFixed(1)}` : `H${x(at).toFixed(1)}V${y(value).toFixed(1)}`)).join('');
  const ticks = Array.from({ length: Math.round(span / step) + 1 }, (_, index) => round(low + step * index)).map((value) => ({ y: y(value), value }));
  const moments = new Set(revised.map((at) => Date.parse(at)));
  const marks = found.filter(([at]) => moments.has(at)).map(([at, value]) => ({ x: x(at), y: y(value) }));
  return { line, ticks, marks, limits: limits.filter((one) => Number.isFinite(Number(one.value))).map((one) => ({ y: y(Number(one.value)), word: one.word })), first: start[0], last: end[0] };
}
