import { type ReactElement, useState } from 'react';
import { hrefOf, visit } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { type ImageEntry, listImages, nameOf, previewUrl } from '../services/images-client.ts';
import { formatMjd, parsePosition } from '../services/sky-text.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { Icon } from '../shell/icon.tsx';

const DOORS = [
  ['catalogues', 'Catalogues', 'Ask the tables in ADQL, then plot, brush, fold and take away what you find.'],
  ['images', 'Images', 'Look at pixels, masks and positions; blink science against template and difference.'],
  ['alerts', 'Alerts', 'Follow what changes on the sky as it is found, and filter it.'],
  ['night', 'Night', 'See what was observed, how it was processed and how long that took.'],
  ['sky', 'Sky', 'See where everything is.'],
] as const;

export function HomePanel(): ReactElement {
  const images = useLoaded('images', listImages);
  return (
    <>
      <header className="hero">
        <h1>What would you like to look at?</h1>
        <PositionSearch />
      </header>
      <ul className="doors">
        {DOORS.map(([panel, title, text]) => (
          <li key={panel}>
            <Link className="card door" href={hrefOf(panel)}>
              <Icon name={panel} />
              <h2>{title}</h2>
              <p className="quiet small">{text}</p>
            </Link>
          </li>
        ))}
      </ul>
      {images.state === 'ready' && images.value.length > 0 && <Latest images={images.value} />}
    </>
  );
}

function PositionSearch(): ReactElement {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const position = parsePosition(text);
        if (position) visit(hrefOf('sky', { ra: position.ra.toFixed(6), dec: position.dec.toFixed(6), fov: 0.2 }));
        else setProblem('Write a position as 150.1 2.2 in degrees, or as 10:00:24 +02:12:00.');
      }}
    >
      <Icon name="search" />
      <input
        aria-label="Position"
        aria-describedby="position-problem"
        placeholder="A position: 150.1 2.2 or 10:00:24 +02:12:00"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setProblem('');
        }}
      />
      <button type="submit" className="primary">
        Go there
      </button>
      <p id="position-problem" className="small" role="status">
        {problem}
      </p>
    </form>
  );
}

function Latest({ images }: { readonly images: readonly ImageEntry[] }): ReactElement {
  return (
    <section className="stack" aria-labelledby="latest">
      <div className="row">
        <h2 id="latest" className="grow">
          Latest images
        </h2>
        <Link href={hrefOf('images')}>All {images.length}</Link>
      </div>
      <ul className="thumbnails">
        {images.slice(0, 6).map((image) => (
          <li key={image.id}>
            <Link className="card thumbnail" href={hrefOf('images', { id: image.id })}>
              <img src={previewUrl(image.id, 256)} alt="" width="256" height="256" loading="lazy" />
              <span>{nameOf(image)}</span>
              <span className="quiet small">{image.beginMjdTai === undefined ? '' : formatMjd(image.beginMjdTai)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
