/** The way from the roots to one unit, with the column below each step. Units are read once per visit. */
import { computed, type ComputedRef, ref, type Ref } from 'vue';

import { type Failure, failureOf } from '@/api/http';

import { fetchUnit, fetchUnits, type UnitDetail, type UnitRow } from './api';
import { type Column, columnOf, rootColumns } from './tree';

export function useTree(): {
  path: Ref<UnitRow[]>;
  unit: Ref<UnitDetail | null>;
  columns: ComputedRef<Column[]>;
  roots: Ref<UnitRow[] | null>;
  problem: Ref<Failure>;
  open: (id: string | null) => Promise<void>;
} {
  const roots = ref<UnitRow[] | null>(null);
  const children = ref(new Map<string, UnitRow[]>());
  const path = ref<UnitRow[]>([]);
  const unit = ref<UnitDetail | null>(null);
  const problem = ref<Failure>(null);
  const details = new Map<string, UnitDetail>();
  let wanted: string | null = null;

  async function detailOf(id: string): Promise<UnitDetail> {
    const known = details.get(id);
    if (known) return known;
    const fresh = await fetchUnit(id);
    details.set(id, fresh);
    return fresh;
  }

  async function childrenOf(id: string): Promise<void> {
    if (children.value.has(id)) return;
    const list = await fetchUnits(id);
    children.value = new Map(children.value).set(id, list);
  }

  /** From one unit up to its root; a unit without a block parent hangs on its line. */
  async function wayTo(id: string): Promise<UnitDetail[]> {
    const way: UnitDetail[] = [];
    let next: string | null = id;
    while (next && way.length < 8) {
      const step: UnitDetail = await detailOf(next);
      way.unshift(step);
      next = step.block_parent ?? step.line_parent;
    }
    return way;
  }

  async function open(id: string | null): Promise<void> {
    wanted = id;
    problem.value = null;
    try {
      roots.value ??= await fetchUnits(null);
      if (!id) {
        path.value = [];
        unit.value = null;
        return;
      }
      const way = await wayTo(id);
      await Promise.all(way.filter((step) => step.has_children).map((step) => childrenOf(step.id)));
      if (wanted !== id) return;
      path.value = way;
      unit.value = way[way.length - 1] ?? null;
    } catch (error) {
      if (wanted === id) problem.value = failureOf(error);
    }
  }

  const columns = computed<Column[]>(() => {
    const below = path.value
      .filter((step) => children.value.has(step.id))
      .map((step) => columnOf(step, children.value.get(step.id) ?? []));
    return [...rootColumns(roots.value ?? []), ...below];
  });
  return { path, unit, columns, roots, problem, open };
}
