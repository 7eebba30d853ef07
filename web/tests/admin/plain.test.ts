import { describe, expect, it, vi } from 'vitest';

import { ApiError } from '@/api/http';
import { lockOf, standingOf } from '@/features/admin/dates';
import { useSaving } from '@/lib/saving';
import { openTabs } from '@/features/admin/tabs';

describe('an appointment', () => {
  const row = (valid_from: string, valid_to: string | null) => ({ valid_from, valid_to });

  it('holds from its first day to the day before its end', () => {
    expect(standingOf(row('2026-03-01', null), '2026-03-01')).toBe('now');
    expect(standingOf(row('2026-03-01', '2026-03-02'), '2026-03-01')).toBe('now');
    expect(standingOf(row('2026-03-01', '2026-03-02'), '2026-03-02')).toBe('over');
    expect(standingOf(row('2026-03-02', null), '2026-03-01')).toBe('later');
  });

  it('that was ended before it began is over', () => {
    expect(standingOf(row('2026-03-05', '2026-03-05'), '2026-03-01')).toBe('over');
  });
});

describe('a lock', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');

  it('is open, until a moment, or for good', () => {
    expect(lockOf(null, now)).toBe('open');
    expect(lockOf('2026-02-28T00:00:00Z', now)).toBe('open');
    expect(lockOf('2026-03-02T00:00:00Z', now)).toBe('until');
    expect(lockOf('9999-01-01T00:00:00Z', now)).toBe('good');
  });
});

describe('the pages', () => {
  it('open by the verbs that the server gives', () => {
    const keys = (...verbs: string[]) => openTabs((verb) => verbs.includes(verb)).map((tab) => tab.key);
    expect(keys()).toEqual([]);
    expect(keys('connector.view')).toEqual(['connectors']);
    expect(keys('account.manage')).toEqual([]);
    expect(keys('account.view', 'appointment.manage', 'directory.export')).toEqual(['people', 'posts', 'sheets']);
  });
});

describe('a form', () => {
  const refuse = (status: number, code: string, field: string | null) => () =>
    Promise.reject(new ApiError(status, { code, message: `sentence of ${code}`, field }));

  it('puts a refusal beside its field and moves there', async () => {
    const focus = vi.fn();
    const saving = useSaving(['phone'], focus);
    expect(await saving.run(refuse(400, 'bad_input', 'phone'))).toBeUndefined();
    expect(saving.errors).toEqual({ phone: 'sentence of bad_input' });
    expect(saving.problem).toBe('');
    expect(focus).toHaveBeenCalledWith('phone');
  });

  it('shows a refusal of a field that it does not have below itself', async () => {
    const saving = useSaving(['phone']);
    await saving.run(refuse(400, 'bad_input', 'pinyin'));
    expect([saving.errors, saving.problem, saving.isStale]).toEqual([{}, 'sentence of bad_input', false]);
  });

  it('is stale when somebody else was faster, until it is read again', async () => {
    const saving = useSaving([]);
    await saving.run(refuse(409, 'edited_meanwhile', null));
    expect([saving.isStale, saving.isBusy, saving.problem]).toEqual([true, false, 'sentence of edited_meanwhile']);
    saving.clear();
    expect([saving.isStale, saving.problem]).toEqual([false, '']);
  });

  it('answers what the errand answers', async () => {
    const saving = useSaving([]);
    expect(await saving.run(() => Promise.resolve(7))).toBe(7);
    expect(saving.isBusy).toBe(false);
  });
});
