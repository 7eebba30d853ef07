/** Members by unit, in the order in which the server lists them (protocol order). Pure. */
export interface Grouped<T> {
  unit: string;
  people: T[];
}

export function byUnit<T extends { unit_name?: string; unit_short_name?: string; kind?: string }>(
  people: readonly T[],
  botsLabel: string,
): Grouped<T>[] {
  const groups = new Map<string, T[]>();
  for (const person of people) {
    const unit = person.kind === 'bot' ? botsLabel : person.unit_name || person.unit_short_name || '';
    const list = groups.get(unit);
    if (list) list.push(person);
    else groups.set(unit, [person]);
  }
  const bots = groups.get(botsLabel);
  if (bots) {
    groups.delete(botsLabel);
    groups.set(botsLabel, bots);
  }
  return [...groups].map(([unit, list]) => ({ unit, people: list }));
}
