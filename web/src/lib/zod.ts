/** zod without its compiler, which the content security policy would refuse; schemas import z from here only. */
import { config, z } from 'zod';

config({ jitless: true });

export { z };
