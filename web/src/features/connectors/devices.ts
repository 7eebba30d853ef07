/** The outlets of an HJ 212 port and the stations of an SL 651 port as lines of a form. Pure. */
type Json = Record<string, unknown>;

export interface Limit {
  /** A factor's code or a quantity's key. */
  key: string;
  /** HJ 212: the permit; SL 651: the warning limit. */
  first: string;
  /** SL 651: the guarantee limit. HJ 212: the device's scale to the shown unit. */
  second: string;
}

export interface Device {
  code: string;
  name: string;
  place: string;
  limits: Limit[];
}

export type DeviceKind = 'hj212' | 'sl651';
const SHAPES = {
  hj212: { list: 'outlets', limits: 'factors', first: 'permit', second: 'scale' },
  sl651: { list: 'stations', limits: 'limits', first: 'warning', second: 'guarantee' },
} as const;
/** What the key field offers; any other code can be typed. */
export const KEYS: Record<DeviceKind, readonly string[]> = {
  hj212: ['w01018', 'w21003', 'w21011', 'w21001', 'w01001', 'w00000', 'a21026', 'a21002', 'a34013', 'a19001'],
  sl651: ['stage', 'flow', 'rain_now', 'rain_total', 'voltage'],
};

const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

export const hasDevices = (kind: string): kind is DeviceKind => kind === 'hj212' || kind === 'sl651';
export const blankDevice = (): Device => ({ code: '', name: '', place: '', limits: [] });

export function readDevices(kind: DeviceKind, config: unknown): Device[] {
  const shape = SHAPES[kind];
  return Object.entries(object(object(config)[shape.list])).map(([code, raw]) => {
    const one = object(raw);
    const limits = Object.entries(object(one[shape.limits])).map(([key, limit]) => ({ key, first: text(object(limit)[shape.first]), second: text(object(limit)[shape.second]) }));
    return { code, name: text(one['name']), place: text(one['place']), limits };
  });
}

/** `config` keeps what the form does not show, also inside a device and inside a limit. */
export function writeDevices(kind: DeviceKind, devices: readonly Device[], config: Json): Json {
  const shape = SHAPES[kind];
  const before = object(config[shape.list]);
  const rows = devices.filter((one) => one.code.trim() !== '');
  const list = Object.fromEntries(
    rows.map((one) => {
      const kept = object(before[one.code.trim()]);
      const held = object(kept[shape.limits]);
      const limits = Object.fromEntries(
        one.limits
          .filter((limit) => limit.key.trim() !== '')
          .map((limit) => {
            const said = { [shape.first]: limit.first.trim(), [shape.second]: limit.second.trim() };
            const made = { ...object(held[limit.key.trim()]), ...said };
            return [limit.key.trim(), Object.fromEntries(Object.entries(made).filter(([, value]) => value !== ''))];
          }),
      );
      const about: Json = { ...kept, name: one.name.trim() || one.code.trim(), [shape.limits]: limits };
      if (one.place.trim()) about['place'] = one.place.trim();
      else delete about['place'];
      return [one.code.trim(), about];
    }),
  );
  return { ...config, [shape.list]: list };
}
