import { describe, expect, it } from 'vitest';

import type { Level, UnitRow } from '@/features/directory/api';
import { flatten } from '@/features/directory/picker';
import { byDivision, columnOf, phoneGroups, rootColumns } from '@/features/directory/tree';

const unit = (id: string, level: Level, has_children = false): UnitRow => ({
  id, name: id, short_name: id, kind: 'organ', level, region: '4212', region_name: '咸宁市', block_parent: null, line_parent: null,
  is_line_managed: false, rank: 0, people_count: 0, has_children, locked: false, organ: '',
});
const shape = (column: { groups: { heading: string; units: UnitRow[] }[] }) => column.groups.map((group) => [group.heading, group.units.map((one) => one.id)]);

describe('columns', () => {
  it('put the counties before the departments of the city, each in the order of the server', () => {
    const column = columnOf(unit('市政府', 'prefecture'), [unit('发改委', 'prefecture'), unit('咸安区', 'county'), unit('财政局', 'prefecture'), unit('赤壁市', 'county')]);
    expect(shape(column)).toEqual([['county', ['咸安区', '赤壁市']], ['own.prefecture', ['发改委', '财政局']]]);
    expect(column.count).toBe(4);
  });

  it('part the roots into province and city', () => {
    const columns = rootColumns([unit('省政务办', 'province'), unit('市委', 'prefecture'), unit('市政府', 'prefecture')]);
    expect(columns.map(shape)).toEqual([[['province', ['省政务办']]], [['prefecture', ['市委', '市政府']]]]);
    expect(rootColumns([unit('市政府', 'prefecture')]).length).toBe(1);
  });
});

describe('people', () => {
  it('stand by division, leaders first, in the order of posts', () => {
    const people = [{ name: '局长', division: '' }, { name: '科长', division: '数据科' }, { name: '副局长', division: '' }, { name: '科员', division: '数据科' }];
    expect(byDivision(people).map((group) => [group.division, group.people.map((one) => one.name)])).toEqual([
      ['', ['局长', '副局长']], ['数据科', ['科长', '科员']],
    ]);
    expect(byDivision([])).toEqual([]);
  });

  it('have their numbers in groups, masked or not; others are left alone', () => {
    expect(phoneGroups('139****5508')).toBe('139 **** 5508');
    expect(phoneGroups('13912345508')).toBe('139 1234 5508');
    expect(phoneGroups('0715-8123456')).toBe('0715-8123456');
  });
});

describe('the tree to pick from', () => {
  const children = new Map([['', [unit('a', 'prefecture', true), unit('b', 'prefecture')]], ['a', [unit('c', 'county'), unit('b', 'prefecture')]]]);
  it('shows what is open, and nothing twice', () => {
    expect(flatten(children, new Set()).map((node) => node.unit.id)).toEqual(['a', 'b']);
    expect(flatten(children, new Set(['a'])).map((node) => [node.unit.id, node.depth, node.isLeaf])).toEqual([['a', 0, false], ['c', 1, true], ['b', 1, true]]);
  });
});
