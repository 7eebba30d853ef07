/** QR codes of addresses after ISO/IEC 18004: byte mode, level L, versions 1 to 9 (230 bytes), mask 0. Pure. */
const BLOCKS: readonly [total: number, ecc: number, blocks: number][] = [
  [26, 7, 1], [44, 10, 1], [70, 15, 1], [100, 20, 1], [134, 26, 1], [172, 18, 2], [196, 20, 2], [242, 24, 2], [292, 30, 2],
];
const ALIGN: readonly number[][] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46]];
const EXP: number[] = [];
const LOG: number[] = [];
for (let at = 0, value = 1; at < 255; at += 1) {
  EXP[at] = value;
  LOG[value] = at;
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}
const times = (one: number, other: number): number => (one && other ? (EXP[((LOG[one] ?? 0) + (LOG[other] ?? 0)) % 255] ?? 0) : 0);

/** Reed-Solomon check bytes. */
export function checkBytes(data: readonly number[], count: number): number[] {
  let generator = [1];
  for (let at = 0; at < count; at += 1) {
    const next = Array<number>(generator.length + 1).fill(0);
    generator.forEach((value, place) => {
      next[place] = (next[place] ?? 0) ^ value;
      next[place + 1] = (next[place + 1] ?? 0) ^ times(value, EXP[at] ?? 0);
    });
    generator = next;
  }
  const rest = [...data, ...Array<number>(count).fill(0)];
  for (let at = 0; at < data.length; at += 1) {
    const lead = rest[at] ?? 0;
    generator.forEach((value, place) => (rest[at + place] = (rest[at + place] ?? 0) ^ times(value, lead)));
  }
  return rest.slice(data.length);
}

function codewords(bytes: Uint8Array, version: number): number[] | null {
  const [total, ecc, blocks] = BLOCKS[version - 1] ?? [0, 0, 1];
  const room = total - ecc * blocks;
  if (bytes.length + 2 > room) return null;
  const bits = `0100${bytes.length.toString(2).padStart(8, '0')}${[...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')}0000`;
  const data: number[] = [];
  for (let at = 0; at < bits.length; at += 8) data.push(parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2));
  for (let pad = 0; data.length < room; pad += 1) data.push(pad % 2 ? 0x11 : 0xec);
  const size = Math.floor(room / blocks);
  const parts = Array.from({ length: blocks }, (_, at) => data.slice(at * size, (at + 1) * size));
  const checks = parts.map((part) => checkBytes(part, ecc));
  const out: number[] = [];
  for (let at = 0; at < size; at += 1) for (const part of parts) out.push(part[at] ?? 0);
  for (let at = 0; at < ecc; at += 1) for (const check of checks) out.push(check[at] ?? 0);
  return out;
}

/** Rows of dark modules, or null for an address that is too long. */
export function qrModules(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  let words: number[] | null = null;
  while (version <= BLOCKS.length && !(words = codewords(bytes, version))) version += 1;
  if (!words) return null;
  const size = 17 + 4 * version;
  const dark = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const fixed = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const set = (row: number, column: number, value: boolean): void => {
    const line = dark[row];
    const mark = fixed[row];
    if (!line || !mark || column < 0 || column >= size) return;
    line[column] = value;
    mark[column] = true;
  };
  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]] as const)
    for (let row = -1; row <= 7; row += 1)
      for (let column = -1; column <= 7; column += 1) {
        const ring = Math.max(Math.abs(row - 3), Math.abs(column - 3));
        set(top + row, left + column, ring !== 2 && ring <= 3);
      }
  const centres = ALIGN[version - 1] ?? [];
  const last = centres.length - 1;
  centres.forEach((row, one) =>
    centres.forEach((column, other) => {
      if ((one === 0 && other === 0) || (one === 0 && other === last) || (one === last && other === 0)) return;
      for (let y = -2; y <= 2; y += 1) for (let x = -2; x <= 2; x += 1) set(row + y, column + x, Math.max(Math.abs(x), Math.abs(y)) !== 1);
    }),
  );
  // Format: level L (01), mask 0.
  const format = 0x77c4;
  for (let at = 0; at < 15; at += 1) {
    const bit = ((format >> at) & 1) === 1;
    if (at < 6) set(at, 8, bit);
    else if (at < 8) set(at + 1, 8, bit);
    else set(size - 15 + at, 8, bit);
    if (at < 8) set(8, size - 1 - at, bit);
    else if (at < 9) set(8, 15 - at, bit);
    else set(8, 14 - at, bit);
  }
  set(size - 8, 8, true);
  if (version >= 7) {
    let rest = version << 12;
    for (let at = 17; at >= 12; at -= 1) if ((rest >> at) & 1) rest ^= 0x1f25 << (at - 12);
    const bits = (version << 12) | rest;
    for (let at = 0; at < 18; at += 1) {
      const bit = ((bits >> at) & 1) === 1;
      set(Math.floor(at / 3), size - 11 + (at % 3), bit);
      set(size - 11 + (at % 3), Math.floor(at / 3), bit);
    }
  }
  let place = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        const line = dark[row];
        if (!line || fixed[row]?.[column]) continue;
        const word = words[place >> 3] ?? 0;
        const bit = ((word >> (7 - (place & 7))) & 1) === 1;
        line[column] = bit !== ((row + column) % 2 === 0);
        place += 1;
      }
    }
  }
  return dark;
}

export function qrPath(text: string): { size: number; path: string } | null {
  const modules = qrModules(text);
  if (!modules) return null;
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return { size: modules.length, path };
}
