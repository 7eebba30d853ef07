/** What the viewer shows: one of several pictures, or the pages of a document. One viewer for the whole client. */
import { reactive } from 'vue';

export interface Shown {
  id: string;
  name: string;
  /** Pages of a document; 0 for a picture. */
  pages: number;
}

export const viewer = reactive<{ items: Shown[]; at: number; isOpen: boolean }>({ items: [], at: 0, isOpen: false });

export function openViewer(items: Shown[], id: string): void {
  viewer.items = items;
  viewer.at = Math.max(0, items.findIndex((item) => item.id === id));
  viewer.isOpen = items.length > 0;
}

export function closeViewer(): void {
  viewer.isOpen = false;
}
