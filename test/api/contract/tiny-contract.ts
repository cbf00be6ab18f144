/** A small contract with one of everything the router has to cope with. */
export const TINY_CONTRACT = `
openapi: 3.1.0
info: {title: Tiny, version: '1'}
paths:
  /kiosk:
    get:
      operationId: kiosk.index
      x-access: signed-in
      parameters:
        - {name: per_page, in: query, schema: {type: integer, minimum: 5, maximum: 100, default: 100}}
        - {name: current_page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: name, in: query, schema: {type: string}}
        - {name: clustered, in: query, schema: {type: boolean}}
        - {name: since, in: query, schema: {type: string, format: date-time}}
      responses:
        '200':
          description: A page.
          headers: {Link: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Kiosk'}}}}
    post:
      operationId: kiosk.store
      x-access: signed-in
      x-body-limit: 2000
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/KioskCreate'}}}
      responses:
        '201':
          description: Created.
          headers: {Location: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Kiosk'}}}
  /kiosk/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {$ref: '#/components/schemas/Id'}}
    get:
      operationId: kiosk.show
      x-access: signed-in
      responses:
        '200': {description: Found., content: {application/json: {schema: {$ref: '#/components/schemas/Kiosk'}}}}
    patch:
      operationId: kiosk.update
      x-access: signed-in
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/KioskUpdate'}}}
      responses:
        '200': {description: Changed., content: {application/json: {schema: {$ref: '#/components/schemas/Kiosk'}}}}
    delete:
      operationId: kiosk.destroy
      x-access: signed-in
      responses:
        '204': {description: Deleted.}
  /kiosk/installer:
    get:
      operationId: kiosk.installer
      x-access: public
      responses:
        '200': {description: A file., content: {text/plain: {schema: {type: string}}}}
  /kiosk/upload:
    post:
      operationId: kiosk.upload
      x-access: signed-in
      requestBody:
        content: {text/csv: {schema: {type: string}}}
      responses:
        '200': {description: Counted., content: {application/json: {schema: {type: object}}}}
  /unserved:
    get:
      operationId: unserved.show
      x-access: signed-in
      responses: {'204': {description: Never.}}
  /old-kiosk/{id}:
    $ref: '#/paths/~1kiosk~1{id}'
components:
  schemas:
    Id: {type: integer, minimum: 1, maximum: 2147483647}
    KioskInput:
      type: object
      properties:
        id: {readOnly: true}
        name: {type: string, minLength: 1, maxLength: 10}
        port: {type: [integer, 'null'], minimum: 1, maximum: 65535}
        color: {type: string, enum: [red, green], default: red}
        windows:
          type: array
          maxItems: 2
          items: {type: object, required: [day], properties: {day: {type: integer, minimum: 0, maximum: 6}}}
    KioskUpdate:
      allOf: [{$ref: '#/components/schemas/KioskInput'}]
      type: object
      unevaluatedProperties: false
      properties:
        comments: {type: string}
    KioskCreate:
      allOf: [{$ref: '#/components/schemas/KioskUpdate'}]
      required: [name]
    Kiosk:
      type: object
      required: [id, name]
      properties:
        id: {$ref: '#/components/schemas/Id'}
        name: {type: string}
        port: {type: [integer, 'null']}
        color: {type: string}
        comments: {type: string}
        connected: {type: boolean}
`;
