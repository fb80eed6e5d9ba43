// The page at /docs: the OpenAPI document as HTML, to be read and searched with the browser's own means.
import type { OpenApiDocument, OpenApiOperation } from '../wire/openapi.ts';
import type { Json, JsonObject } from '../wire/openapi-errors.ts';

/** The page, and the text of its one style sheet, which the page's security policy names by hash. */
export function docsPage(document: OpenApiDocument): { readonly html: string; readonly style: string } {
  const { title, version, description } = document.info;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const sections = document.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<h2>${escapeHtml(name)}</h2>${own.map(each => operationHtml(each.method, each.path, each.operation)).join('')}`;
  });
  const schemas = Object.entries(document.components.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="schema-${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${jsonHtml(schema)}</details>`,
  );
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)} <small>${escapeHtml(version)}</small></h1>
<p>${proseHtml(description)}</p><p>For programs: <a href="/openapi.json">openapi.json</a></p>
${sections.join('\n')}
<h2>shapes</h2>${schemas.join('\n')}
</body></html>
`;
  return { html, style: STYLE };
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; background: #fff }
h2 { margin: 2rem 0 .5rem; border-bottom: 1px solid #ccd5dd; text-transform: capitalize }
details { border: 1px solid #ccd5dd; border-radius: 4px; margin: .3rem 0; padding: .3rem .6rem }
summary { cursor: pointer }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f3f6f8; padding: .6rem; overflow-x: auto; border-radius: 4px }
.method { display: inline-block; width: 3rem; font-weight: 700 }
.get { color: #0b6e4f } .post { color: #8a4b08 } .says { color: #5a6a78 }
table { border-collapse: collapse } td { padding: .1rem .8rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { color: #dde5ec; background: #12181e } pre { background: #1b242d }
  details, h2 { border-color: #33424f } a { color: #7db8ff } .get { color: #56c596 } .post { color: #e0a458 } .says { color: #93a4b3 }
}
`;

function operationHtml(method: string, path: string, operation: OpenApiOperation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = (requestBody ?? null) as { readonly content: Readonly<Record<string, JsonObject>> } | null;
  return `<details id="${escapeHtml(operationId)}"><summary><span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span>
<code>${escapeHtml(path)}</code> <span class="says">${escapeHtml(summary)}</span></summary>
<p>${escapeHtml(description)}</p>
${parameters.length > 0 ? `<h4>Parameters</h4><table>${parameters.map(parameterHtml).join('')}</table>` : ''}
${body === null ? '' : `<h4>Body</h4>${contentHtml(body.content)}`}
<h4>Answers</h4><table>${Object.entries(responses)
    .map(
      ([status, response]) =>
        `<tr><td><code>${status}</code></td><td>${responseHtml(status, response)}</td></tr>`,
    )
    .join('')}</table></details>
`;
}

function parameterHtml({ name, in: place, required, schema }: JsonObject): string {
  const need = required === true ? '' : ', optional';
  return `<tr><td><code>${escapeHtml(String(name))}</code></td><td>${escapeHtml(String(place))}${need}</td><td>${shapeHtml(schema)}</td></tr>`;
}

function responseHtml(status: string, response: JsonObject): string {
  const text = escapeHtml(String(response.description));
  return status === '200' ? contentHtml(response.content as Record<string, JsonObject>) : text;
}

function contentHtml(content: Readonly<Record<string, JsonObject>>): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<code>${escapeHtml(type)}</code> ${shapeHtml(schema)}`)
    .join('');
}

/** A shape: in a word where it has a name or is simple, else whole. */
function shapeHtml(schema: Json | undefined): string {
  const text = JSON.stringify(schema);
  return text.length <= 60 ? `<code>${linked(escapeHtml(text))}</code>` : jsonHtml(schema);
}

function jsonHtml(value: Json | undefined): string {
  return `<pre>${linked(escapeHtml(JSON.stringify(value, null, 2)))}</pre>`;
}

/** References as links. */
function linked(escaped: string): string {
  return escaped.replace(
    /\{\s*&quot;\$ref&quot;:\s*&quot;#\/components\/schemas\/(\w+)&quot;\s*\}/g,
    '<a href="#schema-$1">$1</a>',
  );
}

function proseHtml(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character);
}
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
