"""The vSphere API as it is used here: session, SOAP client, tolerant answers, property reads, and the watch."""
