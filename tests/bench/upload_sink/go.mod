module azure-migrate-exporter/upload_sink

go 1.22
