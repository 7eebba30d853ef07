import { describe, expect, it } from 'vitest';

import { cellOf, cellsOf, itemRows, tableOf, textOf } from '@/features/items/paste';

const LEDGER = '序号\t任务名称\t牵头单位\t配合单位\t完成时限\r\n1\t易涝点泵站排查\t市住建局\t市城管委\t7月18日\r\n2\t"转移清单\n核对"\t咸安区\t\t7月20日\r\n合计\t2项\t\t\t\r\n';

describe('cells from a sheet', () => {
  it('keeps line breaks and quotes inside a quoted cell', () => {
    expect(cellsOf('a\t"b\nc ""d"""\n1\t2\n')).toEqual([['a', 'b\nc "d"'], ['1', '2']]);
  });
  it('reads a quote in the middle of words as it stands', () => {
    expect(cellsOf('"甲"乙\t2\n3\t4')).toEqual([['"甲"乙', '2'], ['3', '4']]);
  });
});

describe('a table in the clipboard', () => {
  it('knows the columns by their headings', () => {
    const table = tableOf(LEDGER);
    expect(table?.columns).toEqual(['number', 'title', 'unit', 'supporting', 'due']);
    const rows = table ? itemRows(table) : [];
    expect(rows).toHaveLength(2);
    expect(table && cellOf(table, rows[1] ?? [], 'title')).toBe('转移清单\n核对');
  });
  it('guesses the columns without a heading', () => {
    expect(tableOf('1\t智慧社区试点名单确认\t市民政局\t2026-07-21\n2\t核心交换机割接评审\t市财政局\t2026-07-18')?.columns).toEqual(['number', 'title', 'unit', 'due']);
  });
  it.each(['', '只有一行\t两列', '一列\n一列\n一列', '正文里\t有一个制表符\n其余\n都是\n普通的话', '请查收'])('is none: %j', (text) => {
    expect(tableOf(text)).toBeNull();
  });
  it('a heading alone is no ledger', () => {
    expect(tableOf('任务\t单位\n')).toBeNull();
  });
  it('becomes a list file with known headings and without totals', () => {
    const table = tableOf(LEDGER);
    const text = table ? textOf(table) : '';
    expect(text.split('\n').map((row) => row.replaceAll('\t', ',')).join('|')).toBe('序号,事项名称,牵头单位,配合单位,完成时限|1,易涝点泵站排查,市住建局,市城管委,7月18日|2,转移清单 核对,咸安区,,7月20日');
    expect(text).not.toContain('合计');
  });
});
