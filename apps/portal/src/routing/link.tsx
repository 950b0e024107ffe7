import type { AnchorHTMLAttributes, ReactElement } from 'react';
import { visit } from './address.ts';

/** A link inside the page; opens without a reload, and in a new tab as any link does. */
export function Link({ href, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }): ReactElement {
  return (
    <a
      {...rest}
      href={href}
      onClick={(event) => {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        visit(href);
      }}
    >
      {children}
    </a>
  );
}
