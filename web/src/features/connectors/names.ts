/** What a subject is called: its place stands before it, unless the name says it already. */
export const placed = (place: string, name: string): string => (place && !name.startsWith(place) ? `${place}·${name}` : name);

/** Whether the reason why a row could not be used says of which field it speaks. */
export const namesItsField = (bad: { field: string; reason: string }): boolean => ['code', 'quality', 'frame'].includes(bad.field) || bad.reason.includes(bad.field);
