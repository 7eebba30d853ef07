import { describe, expect, it } from 'vitest';

import { listOf, readMapping, startOf, writeMapping } from '@/features/connectors/draft';
import { plotOf } from '@/features/connectors/plot';

const MAPPING = {
  ok: 'code == `0`',
  rows: 'rows',
  subject: { code: 'STCD', name: 'STNM', place: 'RVNM' },
  observed_at: { path: 'TM', format: '%Y-%m-%d %H:%M:%S', zone: 'Asia/Shanghai' },
  metrics: [{ key: 'stage', name: '水位', unit: '米', decimals: 2, value: 'Z', warning: 'WRZ', guarantee: 'GRZ', near_margin: '0.3' }],
  source_ref: "join('/', [STCD, TM])",
};

describe('the mapping of a source', () => {
  it('comes back as it was, with what the table does not show', () => {
    expect(writeMapping(readMapping(MAPPING), MAPPING)).toEqual(MAPPING);
  });

  it('leaves out what was emptied and metrics without a field', () => {
    const draft = readMapping(MAPPING);
    draft.ok = '';
    draft.place = '';
    draft.format = '';
    draft.metrics.push(...draft.metrics.map((metric) => ({ ...metric, key: 'empty', value: ' ' })));
    const made = writeMapping(draft, MAPPING);
    expect(made).not.toHaveProperty('ok');
    expect(made['subject']).toEqual({ code: 'STCD', name: 'STNM' });
    expect(made['observed_at']).toEqual({ path: 'TM', zone: 'Asia/Shanghai' });
    expect(made['metrics']).toHaveLength(1);
  });

  it('is empty for nothing', () => {
    expect(readMapping(null).metrics).toEqual([]);
    expect(startOf('hj212')).toEqual({ port: 9212 });
  });

  it('takes lists as people type them', () => {
    expect(listOf('STCD，Z\nTM、Q ; W')).toEqual(['STCD', 'Z', 'TM', 'Q', 'W']);
  });
});

describe('a chart of values', () => {
  it('holds a value until the next one and keeps limits inside', () => {
    const points = [{ at: '2026-07-17T06:00:00Z', value: '27.1' }, { at: '2026-07-17T07:00:00Z', value: '27.8' }];
    const plot = plotOf(points, [{ value: '28.00', word: '警戒 28.00' }], 800, 260);
    expect(plot?.line).toMatch(/^M56\.0 [\d.]+H792\.0V[\d.]+$/);
    expect(plot?.limits[0]?.y).toBe(16);
  });

  it.each([
    ['27.52', '29.47', [27.5, 28, 28.5, 29, 29.5]],
    ['0', '59', [0, 20, 40, 60]],
    ['7.001', '7.004', [7.001, 7.002, 7.003, 7.004]],
    ['-0.3', '0.4', [-0.4, -0.2, 0, 0.2, 0.4]],
    ['5', '5', [5, 5.5]],
  ])('has a scale of round numbers from %s to %s', (low, high, ticks) => {
    const points = [{ at: '2026-07-17T06:00:00Z', value: low }, { at: '2026-07-17T07:00:00Z', value: high }];
    expect(plotOf(points, [], 800, 260)?.ticks.map((tick) => tick.value)).toEqual(ticks);
  });

  it('has no lines between two values that can be told apart', () => {
    const points = [{ at: '2026-07-17T06:00:00Z', value: '5' }, { at: '2026-07-17T07:00:00Z', value: '6' }];
    expect(plotOf(points, [], 800, 260, [], 0)?.ticks.map((tick) => tick.value)).toEqual([5, 6]);
  });

  it('draws nothing of one value or of none', () => {
    expect(plotOf([], [], 800, 260)).toBeNull();
    expect(plotOf([{ at: '2026-07-17T06:00:00Z', value: '1' }], [], 800, 260)).toBeNull();
  });
});
