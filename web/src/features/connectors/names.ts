/** What a subject is called: its place stands before it, unless the name says it already. */
export const placed = (place: string, name: string): string => (place && !name.startsWith(place) ? `${place}·${name}` : name);
