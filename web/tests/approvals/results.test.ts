import { describe, expect, it } from 'vitest';

import type { CaseRow } from '@/features/approvals/api';
import { COLUMNS, tableOf } from '@/features/approvals/exporting';
import { readCsv } from '@/features/approvals/modeller/decisions';
import { receiptTone } from '@/features/approvals/words';

const ROW: CaseRow = {
  id: '1', serial: 'leave-2026-000031', number: null, title: '=1+1，"请假"', process: 'leave', process_name: '请假', state: 'running', state_words: '办理中',
  starter: '唐书意', starter_unit: '网络安全科', started_at: '2026-07-16T02:02:00Z', moved_at: '2026-07-16T02:02:00Z', with_whom: ['周牧远', '方既白'], task: null,
  node_name: '', as_who: '', due_at: null, must_read: false, shown: 1,
};

describe('a list as a file', () => {
  it('has a row for each case, and no text that a spreadsheet would work out', () => {
    const [head, row] = readCsv(tableOf([ROW], (name) => name));
    expect(head).toEqual([...COLUMNS]);
    expect(row?.[2]).toBe(`'=1+1，"请假"`);
    expect(row?.[8]).toBe('周牧远、方既白');
  });
});

describe('a receipt', () => {
  it('stands out where a unit misses the document', () => {
    expect(['signed', 'closed', 'waiting', 'returned', 'unreachable', 'sending'].map(receiptTone)).toEqual(['g', 'g', 'a', 'r', 'r', '']);
  });
});
