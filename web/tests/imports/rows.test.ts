import { describe, expect, it } from 'vitest';

import type { Change, Row } from '@/features/imports/api';
import { badCells, columnsOf, hasEffect, messageFor, money, needsUnit, oldValue, refusalOf, rowKey, shownRows } from '@/features/imports/rows';

function row(line: number | null, change: Change, over: Partial<Row> = {}): Row {
  return {
    line, cells: {}, seq: line, category: '', name: `项目${line}`, budget_wan: 100, supporting: [], due_on: null, lead_text: '市民政局',
    lead_unit: { id: 'u', name: '市民政局', short_name: '市民政局' }, match: 'exact', candidates: [], change, changes: [], problems: [],
    item_id: line === null ? 'i' : null, item_number: null, ...over,
  };
}

describe('the preview', () => {
  const rows = [row(2, 'same'), row(3, 'added'), row(4, 'error'), row(5, 'changed'), row(6, 'error'), row(null, 'removed')];

  it('puts what needs a hand first and keeps the order of the file', () => {
    expect(shownRows(rows, 'all').map((one) => one.line)).toEqual([4, 6, null, 5, 3, 2]);
    expect(shownRows(rows, 'added').map((one) => one.line)).toEqual([3]);
  });

  it('names removed rows by their item, as they have no line', () => {
    expect(new Set(rows.map(rowKey)).size).toBe(rows.length);
    expect(rowKey(row(null, 'removed'))).toBe('item i');
  });

  it('tells which cells may be mended here, and why', () => {
    const bad = row(4, 'error', { problems: [{ column: 'budget_wan', message: '投资“甲”不是数字。' }, { column: 'lead_department', message: '没有这个单位。' }], lead_unit: null });
    expect(badCells(bad)).toEqual(['budget_wan']);
    expect(needsUnit(bad)).toBe(true);
    expect(messageFor(bad, 'budget_wan')).toContain('不是数字');
    expect(messageFor(bad, 'seq')).toBeNull();
    expect(needsUnit(row(null, 'removed', { lead_unit: null }))).toBe(false);
  });

  it('shows the old value only where it changed', () => {
    const changed = row(5, 'changed', { changes: [{ field: 'budget_wan', old: '2000.00', new: '2500.00' }] });
    expect(oldValue(changed, 'budget_wan')).toBe('2000.00');
    expect(oldValue(changed, 'name')).toBeNull();
    expect(oldValue({ ...changed, change: 'error' }, 'budget_wan')).toBeNull();
  });

  it('has a column for days and supporting units where a row says something in it', () => {
    expect(columnsOf(rows)).toEqual(['seq', 'name', 'category', 'budget_wan']);
    expect(columnsOf([...rows, row(7, 'error', { cells: { due_on: '尽快' } })])).toEqual(['seq', 'name', 'category', 'budget_wan', 'due_on']);
  });

  it('writes money with separators, and a dash for none', () => {
    expect([money(36847), money(1200.5), money(null), money(0)]).toEqual(['36,847', '1,200.5', '—', '0']);
  });

  it('knows that the same file changes nothing', () => {
    const totals = { rows: 19, added: 0, changed: 0, removed: 0, same: 19, error: 0, budget_wan: 36847, stated_wan: null };
    expect(hasEffect(totals)).toBe(false);
    expect(hasEffect({ ...totals, removed: 1 })).toBe(true);
  });
});

describe('a chosen file', () => {
  it('is refused before it is sent only when it cannot be a list', () => {
    expect(refusalOf({ name: '清单.xlsx', size: 10 })).toBe('notCsv');
    expect(refusalOf({ name: '清单.CSV', size: 10 })).toBeNull();
    expect(refusalOf({ name: '清单.csv', size: 0 })).toBe('empty');
    expect(refusalOf({ name: '清单.csv', size: 3_000_000 })).toBe('tooLarge');
  });
});
