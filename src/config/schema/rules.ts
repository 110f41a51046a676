import { type TSchema, Type } from "@sinclair/typebox";
import { requestCondition, responseCondition } from "./conditions.ts";
import { closed } from "./values.ts";

const fieldValue = Type.String({
  description: "Value of the field; placeholders such as `{client_ip}` work inside.",
});

const headerRule = <T extends TSchema>(condition: T) =>
  Type.Object(
    {
      remove: Type.Optional(
        Type.Array(Type.String(), {
          description: "Names of fields to remove, before any is added.",
        }),
      ),
      add: Type.Optional(
        Type.Record(
          Type.String(),
          Type.Union([fieldValue, Type.Array(fieldValue, { minItems: 1 })], {
            description: "One value, or a list to send several fields of the name.",
          }),
          { description: "Fields to set; they replace what is there." },
        ),
      ),
      condition: Type.Optional(condition),
    },
    closed,
  );

const bodyRule = <T extends TSchema>(condition: T) =>
  Type.Object(
    {
      set_text: Type.Optional(
        Type.String({ description: "New body, as text/plain; placeholders work inside." }),
      ),
      set_json: Type.Optional(
        Type.Unknown({
          description:
            "New body, as application/json: any YAML value; placeholders work inside its strings.",
        }),
      ),
      condition: Type.Optional(condition),
    },
    closed,
  );

const oneOrMore = <T extends TSchema>(rule: T, description: string) =>
  Type.Optional(
    Type.Union([rule, Type.Array(rule)], {
      description: `${description} One block or a list of blocks.`,
    }),
  );

/** Rules on what goes to the upstream. */
export const requestRules = {
  request_headers: oneOrMore(headerRule(requestCondition), "Changes to the request's fields."),
  request_body: oneOrMore(bodyRule(requestCondition), "Replaces the request's body."),
};

/** Rules on the fields of what goes to the client. */
export const responseHeaderRules = {
  response_headers: oneOrMore(headerRule(responseCondition), "Changes to the answer's fields."),
};

/** Rules on what goes to the client. */
export const responseRules = {
  ...responseHeaderRules,
  response_body: oneOrMore(bodyRule(responseCondition), "Replaces the answer's body."),
};
