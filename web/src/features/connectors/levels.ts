/** Colours of alerts as the three-colour codes draw them; the word beside it says which it is. */
import type { Colour } from '@/ui/colour';

const COLOURS: Record<string, Colour> = { blue: 'amber', yellow: 'amber', orange: 'red', red: 'red' };

export const colourOf = (level: string): Colour => COLOURS[level] ?? 'grey';

/** The colour of a source as a whole: its calls, then how old what it has is, then whether it is asked at all. */
export function colourOfSource(source: { is_enabled: boolean; health: string; old_count: number; is_overdue: boolean }): 'grey' | 'red' | 'amber' | 'green' {
  if (!source.is_enabled || source.health === 'waiting') return 'grey';
  if (source.health === 'failing') return 'red';
  return source.old_count > 0 || source.is_overdue ? 'amber' : 'green';
}
