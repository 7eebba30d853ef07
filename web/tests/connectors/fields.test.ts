import { describe, expect, it } from 'vitest';

import type { Trial } from '@/features/connectors/api';
import { blankRecord, readMapping, writeMapping } from '@/features/connectors/draft';
import { CONFIG_FIELDS, isAsked, parseConfig, valueAt, withValue } from '@/features/connectors/fields';
import { guessState, readStages, withCodesOf, writeStages } from '@/features/connectors/stages';

describe('the settings of a kind on lines of their own', () => {
  it('puts a value in its place and keeps the others', () => {
    expect(withValue({ url: 'u', auth: { kind: 'basic', secret: 'A' } }, 'auth.user', 'li')).toEqual({ url: 'u', auth: { kind: 'basic', secret: 'A', user: 'li' } });
    expect(withValue({ port: 1, host: 'h' }, 'host', '')).toEqual({ port: 1 });
  });

  it('takes all of it away with the kind', () => {
    const config = { url: 'u', paging: { kind: 'cursor', next: 'next' }, auth: { kind: 'hmac', app_key: 'k' } };
    expect(withValue(withValue(config, 'paging.kind', ''), 'auth.kind', 'none')).toEqual({ url: 'u' });
  });

  it('asks only for what the chosen kind needs', () => {
    const asked = (config: Record<string, unknown>): string[] => CONFIG_FIELDS.rest.filter((field) => isAsked(field, config)).map((field) => field.path);
    expect(asked({})).toEqual(['auth.kind', 'paging.kind']);
    expect(asked({ auth: { kind: 'oauth2' }, paging: { kind: 'cursor' } })).toEqual(['auth.kind', 'auth.user', 'auth.token_url', 'auth.scope', 'paging.kind', 'paging.page_param', 'paging.size_param', 'paging.size', 'paging.next']);
  });

  it('says that a text is no configuration', () => {
    expect(parseConfig('{"a": ')).toBeNull();
    expect(parseConfig('[1]')).toBeNull();
    expect(valueAt(parseConfig('{"auth": {"kind": "basic"}}') ?? {}, 'auth.kind')).toBe('basic');
  });
});

describe('the stages of matters', () => {
  const side = (code: string, name: string): Trial['sides'][number] => ({ line: 1, raw: '', readings: [], rejections: [], records: [{ source_id: 'P', title: 'p', code, stage_name: name }] }) as unknown as Trial['sides'][number];

  it('has a line for each code of the sample, once, beside those that are known', () => {
    const trial = { sides: [side('30', '已开工'), side('30', '已开工'), side('90', ''), side('10', '')] } as Trial;
    const lines = withCodesOf(readStages({ '10': { state: 'open', name: '立项' } }), trial);
    expect(lines.map((one) => [one.code, one.state])).toEqual([['10', 'open'], ['30', 'in_progress'], ['90', '']]);
    expect(writeStages(lines)['30']).toEqual({ state: 'in_progress', name: '已开工' });
  });

  it('guesses a state by the name and says nothing where that says nothing', () => {
    expect(['已撤销', '已竣工', '在建', '待受理', '甲'].map(guessState)).toEqual(['withdrawn', 'closed', 'in_progress', 'open', '']);
  });

  it('comes back from the mapping as it was, with what the lines do not show', () => {
    const record = { kind: 'project', id: 'ID', title: 'T', code: 'S', stage_at: { path: 'AT', format: 'epoch_s', zone: 'Asia/Shanghai' }, fields: { 预算: 'B' } };
    expect(writeMapping(readMapping({ rows: 'rows', record }), { rows: 'rows', record })['record']).toEqual(record);
    expect(writeMapping({ ...readMapping({ rows: 'rows', record }), record: null }, { rows: 'rows', record })).not.toHaveProperty('record');
    expect(writeMapping({ ...readMapping({ rows: 'rows' }), record: { ...blankRecord(), id: 'ID', time: 'AT' } })['record']).toEqual({ kind: 'matter', id: 'ID', stage_at: { path: 'AT' } });
  });
});
