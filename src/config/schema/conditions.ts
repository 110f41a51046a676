import { type TProperties, Type } from "@sinclair/typebox";
import { addresses, closed, type ValueForm } from "./values.ts";

const headerTest = (description: string) =>
  Type.Object(
    {
      name: Type.String({ description: "Field name, in any case." }),
      value_matches: Type.Optional(
        Type.String({ description: "Regex that a value of the field must match." }),
      ),
    },
    { ...closed, description },
  );

const status = Type.Union(
  [
    Type.Integer({ minimum: 100, maximum: 599 }),
    Type.String({ pattern: "^[1-5](?:xx|[0-9][0-9])$" }),
  ],
  {
    description: "A status code, or a class such as `4xx`.",
    form: "status_test" satisfies ValueForm,
  },
);

const shared = {
  path_matches: Type.Optional(
    Type.String({
      description:
        "Regex (JavaScript syntax) that the request path must match, anywhere unless anchored by `^` and `$`.",
      examples: ["^/api/v[0-9]+/"],
    }),
  ),
  method_is: Type.Optional(
    Type.String({ description: "Request method, in any case.", examples: ["GET", "POST"] }),
  ),
  client_ip_in: Type.Optional(
    addresses({ minItems: 1, description: "Addresses that the client's must be in." }),
  ),
  query_has: Type.Optional(
    Type.String({
      description: "Name of a query parameter that must be there, with or without a value.",
    }),
  ),
} satisfies TProperties;

/** When a request rule applies. */
export const requestCondition = Type.Recursive(
  (self) =>
    Type.Object(
      {
        ...shared,
        has_header: Type.Optional(headerTest("A field that the request must have.")),
        not: Type.Optional(self),
      },
      { ...closed, minProperties: 1 },
    ),
  { $id: "request_condition", description: "When the rule applies: all fields must hold." },
);

/** When a response rule applies. */
export const responseCondition = Type.Recursive(
  (self) =>
    Type.Object(
      {
        ...shared,
        has_header: Type.Optional(headerTest("A field that the response must have.")),
        request_has_header: Type.Optional(headerTest("A field that the request must have.")),
        status_is: Type.Optional(
          Type.Union([status, Type.Array(status, { minItems: 1 })], {
            description: "Status of the answer: a code, a class such as `4xx`, or a list of these.",
          }),
        ),
        not: Type.Optional(self),
      },
      { ...closed, minProperties: 1 },
    ),
  { $id: "response_condition", description: "When the rule applies: all fields must hold." },
);
