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

  it('draws nothing of one value or of none', () => {
    expect(plotOf([], [], 800, 260)).toBeNull();
    expect(plotOf([{ at: '2026-07-17T06:00:00Z', value: '1' }], [], 800, 260)).toBeNull();
  });
});
