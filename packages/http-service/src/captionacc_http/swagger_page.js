"use strict";

const place = document.getElementById("swagger-ui");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // A token stays in this tab: the page stores nothing.
  persistAuthorization: false,
  // Swagger UI would send the document to a validator on the internet.
  validatorUrl: null,
});
