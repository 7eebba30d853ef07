/** The search in a room, from its head or by Ctrl F. */
import { defineSlot } from '../slots';
import RoomSearchTool from './RoomSearchTool.vue';

export default defineSlot({ head: [{ order: 10, phone: true, component: RoomSearchTool }] });
