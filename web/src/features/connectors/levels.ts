/** Colours of alerts as the three-colour codes draw them; the word beside it says which it is. */
import type { Colour } from '@/ui/colour';

const COLOURS: Record<string, Colour> = { blue: 'amber', yellow: 'amber', orange: 'red', red: 'red' };

export const colourOf = (level: string): Colour => COLOURS[level] ?? 'grey';
