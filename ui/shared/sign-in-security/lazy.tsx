import { lazy } from 'react';

/** In a file of its own: few people open the page, and seldom. */
export const SignInSecurityPage = lazy(async () => ({
  default: (await import('./page.tsx')).SignInSecurityPage,
}));
