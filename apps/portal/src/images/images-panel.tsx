import { type ReactElement, useMemo } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { groupOf, type ImageEntry, listImages, nameOf, previewUrl } from '../services/images-client.ts';
import { formatMjd } from '../services/sky-text.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { ImageViewer } from './image-viewer.tsx';

const MOST = 60;

export function ImagesPanel(): ReactElement {
  const { parameters } = useAddress();
  const images = useLoaded('images', listImages);
  if (images.state === 'waiting') return <p className="quiet waiting">Looking for images…</p>;
  if (images.state !== 'ready' || images.value.length === 0)
    return (
      <section className="notice">
        <h1>No images yet</h1>
        <p>
          {images.state === 'failed'
            ? images.message
            : 'This server shows the images of a repository once it has some. Process a night with “almagest run”, then start “almagest serve” for that repository.'}
        </p>
      </section>
    );
  const id = parameters.get('id');
  const image = images.value.find((each) => each.id === id);
  if (id !== null && !image)
    return (
      <section className="notice">
        <h1>This image is not here</h1>
        <p>The link names an image that this repository does not hold, or no longer.</p>
        <Link href={hrefOf('images')}>All images</Link>
      </section>
    );
  return image ? <ImageViewer key={groupOf(image)} image={image} all={images.value} /> : <ImageList images={images.value} />;
}

function ImageList({ images }: { readonly images: readonly ImageEntry[] }): ReactElement {
  const { parameters } = useAddress();
  const [type, band, day] = [parameters.get('type') ?? '', parameters.get('band') ?? '', parameters.get('day') ?? ''];
  const choices = useMemo(
    () => ({
      type: [...new Set(images.map((each) => each.type))].toSorted(),
      band: [...new Set(images.flatMap((each) => each.band ?? []))].toSorted(),
      day: [...new Set(images.flatMap((each) => String(each.dataId['day_obs'] ?? '') || []))].toSorted().toReversed(),
    }),
    [images],
  );
  const shown = images.filter(
    (each) =>
      (type === '' || each.type === type) && (band === '' || each.band === band) && (day === '' || String(each.dataId['day_obs']) === day),
  );
  const more = Number(parameters.get('show') ?? MOST);
  return (
    <>
      <header>
        <h1 className="grow">Images</h1>
        <p className="quiet" role="status">
          {shown.length} of {images.length}
        </p>
      </header>
      <div className="row">
        {(['type', 'band', 'day'] as const).map((name) => (
          <label key={name} className="field">
            {{ type: 'Kind', band: 'Band', day: 'Night' }[name]}
            <select value={{ type, band, day }[name]} onChange={(event) => note({ [name]: event.target.value })}>
              <option value="">all</option>
              {choices[name].map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <ul className="thumbnails">
        {shown.slice(0, more).map((image) => (
          <li key={image.id}>
            <Link className="card thumbnail" href={hrefOf('images', { id: image.id })}>
              <img src={previewUrl(image.id, 256)} alt="" width="256" height="256" loading="lazy" />
              <span>{nameOf(image)}</span>
              <span className="quiet small">{image.beginMjdTai === undefined ? '' : formatMjd(image.beginMjdTai)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {shown.length > more && (
        <button type="button" onClick={() => note({ show: more + MOST })}>
          Show more
        </button>
      )}
    </>
  );
}
