import { describe, expect, it } from 'vitest';

import type { Rule, Threshold } from '@/features/connectors/api';
import { readDevices, writeDevices } from '@/features/connectors/devices';
import { alertMetric, blankPart, blankRule, blankTable, monthDay, RULE_KINDS, ruleBody, ruleOf, tableBody, tableFaults, tableOf } from '@/features/connectors/limits/draft';
import { firstTables, quantitiesOf } from '@/features/connectors/limits/first';
import { plotOf } from '@/features/connectors/plot';

const TABLE: Threshold = {
  id: '1', connector_id: '2', subject_id: null, subject_name: '', metric: 'stage', name: '汛限', basis: '', is_enabled: true, sentences: [],
  bands: [{ level: 'orange', limit: '28.500000', op: '>=', margin: '0.200000', label: '警戒水位', valid_from: '2026-05-01', valid_to: null, season_from: '0501', season_to: '0930', hour_from: 0, hour_to: 24 }],
};

describe('limits', () => {
  it('come back as the server keeps them', () => {
    const body = tableBody(tableOf(TABLE));
    expect(body.bands).toEqual([{ ...TABLE.bands[0], limit: '28.5', margin: '0.2' }]);
    expect(body).toMatchObject({ metric: 'stage', subject_id: null });
  });

  it.each([['5-1', '0501'], ['05-01', '0501'], ['5月1日', '0501'], ['0501', '0501'], ['12/31', '1231'], ['春天', '春天'], ['', '']])('%s is %s', (typed, said) => {
    expect(monthDay(typed)).toBe(said);
  });

  it('name the field without a number', () => {
    expect(tableFaults(blankTable('stage'), '必填')).toEqual({ name: '必填', 'bands.0.limit': '必填' });
  });

  it('of a new source are two numbers for each quantity, kept while the mapping changes', () => {
    const metric = { key: 'stage', name: '水位', unit: '米', decimals: '2', value: 'Z', warning: '', guarantee: '', near_margin: '' };
    const first = quantitiesOf([metric], null, []);
    expect(firstTables(first, '限值')).toEqual([]);
    const typed = quantitiesOf([metric], null, first.map((one) => ({ ...one, orange: '28' })));
    expect(firstTables(typed, '限值')).toMatchObject([{ metric: 'stage', name: '水位限值', bands: [{ level: 'orange', limit: '28' }] }]);
  });
});

describe('rules', () => {
  const rule = (spec: Record<string, unknown>): Rule => ({ id: '1', connector_id: '2', subject_id: null, metric: 'stage', name: '急涨', level: 'red', spec, sentence: '', is_enabled: true });

  it.each([
    { when: { kind: 'threshold', metric: 'stage', op: '<=', limit: '3', margin: '0.5' }, fold: null },
    { when: { kind: 'trend', metric: 'stage', direction: 'falling', readings: 4, least: '0.2' }, fold: { need: 3, of: 5, within_s: 1800 } },
    { when: { kind: 'rate', metric: 'stage', direction: 'either', change: '0.5', within_s: 5400 }, fold: { more_than: 2, within_s: 3600 } },
    { when: { kind: 'missing', metric: null, periods: 5 }, fold: null },
    { when: { kind: 'late', metric: 'stage', since: '06:00', by: '09:30', days: [1, 3, 5] }, fold: null },
    { when: { kind: 'combined', join: 'any', parts: [{ kind: 'threshold', metric: 'stage', op: '>=', limit: '28', margin: '0' }, { kind: 'rate', metric: 'flow', direction: 'rising', change: '10', within_s: 3600 }], hour_from: 22, hour_to: 6 }, fold: null },
  ])('$when.kind comes back as it was', (spec) => {
    expect(ruleBody(ruleOf(rule(spec))).spec).toEqual(spec);
  });

  it('open the alert of their quantity, or of the subject where there are several', () => {
    const draft = { ...blankRule('stage'), kind: 'combined' as const, parts: [blankPart('stage'), blankPart('stage')] };
    expect(alertMetric(draft)).toBe('stage');
    expect(alertMetric({ ...draft, parts: [blankPart('stage'), blankPart('flow')] })).toBe('');
  });

  it('are all offered', () => {
    expect(new Set(RULE_KINDS).size).toBe(6);
  });
});

describe('outlets and stations', () => {
  it('come back with what the form does not show', () => {
    const config = { port: 9212, outlets: { M1: { name: '污水厂', place: '咸安', factors: { w01018: { permit: '50', scale: '0.001', converted: true } } } } };
    expect(writeDevices('hj212', readDevices('hj212', config), config)).toEqual(config);
    const stations = { port: 9651, stations: { '42120001': { name: '西河桥', limits: { stage: { warning: '28', guarantee: '29.5', near_margin: '0.3' } } } } };
    expect(writeDevices('sl651', readDevices('sl651', stations), stations)).toEqual(stations);
  });

  it('are left out without a number, and lose what was emptied', () => {
    const made = writeDevices('hj212', [{ code: ' ', name: 'x', place: '', limits: [] }, { code: 'M2', name: '', place: '', limits: [{ key: 'w01018', first: '', second: '' }] }], { outlets: { M2: { name: '旧', factors: { w01018: { permit: '50' } } } } });
    expect(made).toEqual({ outlets: { M2: { name: 'M2', factors: { w01018: {} } } } });
  });
});

it('a corrected value has its mark on the line', () => {
  const points = [{ at: '2026-07-17T00:00:00Z', value: '1' }, { at: '2026-07-17T01:00:00Z', value: '2' }];
  expect(plotOf(points, [], 100, 100, ['2026-07-17T01:00:00+00:00'])?.marks).toHaveLength(1);
});
