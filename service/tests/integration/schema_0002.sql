BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE attachment (
	port_id VARCHAR(255) NOT NULL, 
	number INTEGER NOT NULL, 
	instance_id VARCHAR(255) NOT NULL, 
	instance_name VARCHAR(255), 
	project_id VARCHAR(255), 
	compute_host VARCHAR(255), 
	network_id VARCHAR(255), 
	network_label VARCHAR(255), 
	mac_address VARCHAR(255), 
	fixed_ips JSON NOT NULL, 
	vif_type VARCHAR(255), 
	vnic_type VARCHAR(255), 
	device_name VARCHAR(255), 
	first_known_at DATETIME NOT NULL, 
	attached_at DATETIME, 
	detached_at DATETIME, 
	attach_operation_id VARCHAR(255), 
	detach_operation_id VARCHAR(255), 
	PRIMARY KEY (port_id, number)
);
INSERT INTO "attachment" VALUES('port-1',1,'instance-1','vm-1','project-1','compute-1','network-1','private','fa:16:3e:00:00:01','[{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null},{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null}]','ovs','normal','tap1','2026-11-22 12:00:02.000000','2026-11-22 12:00:02.000000','2026-11-22 12:00:05.000000','operation-1','other');
CREATE TABLE attachment_ip (
	ip_address VARCHAR(45) NOT NULL, 
	port_id VARCHAR(255) NOT NULL, 
	number INTEGER NOT NULL, 
	PRIMARY KEY (ip_address, port_id, number)
)
 WITHOUT ROWID

;
INSERT INTO "attachment_ip" VALUES('192.0.2.7','port-1',1);
CREATE TABLE dead_letter (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	reason_code VARCHAR(255) NOT NULL, 
	reason TEXT NOT NULL, 
	routing_key VARCHAR(255) NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	body BLOB NOT NULL, 
	received_at DATETIME NOT NULL, 
	CONSTRAINT uq_dead_letter_sha256 UNIQUE (sha256)
);
INSERT INTO "dead_letter" VALUES(1,'not_json','no','notifications.info',1,'3f',X'3F','2026-11-22 12:00:00.000000');
CREATE TABLE event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	message_id VARCHAR(255) NOT NULL, 
	event_type VARCHAR(255) NOT NULL, 
	source VARCHAR(255) NOT NULL, 
	priority VARCHAR(255) NOT NULL, 
	publisher_id VARCHAR(255) NOT NULL, 
	compute_host VARCHAR(255), 
	instance_id VARCHAR(255) NOT NULL, 
	instance_name VARCHAR(255), 
	project_id VARCHAR(255), 
	user_id VARCHAR(255), 
	request_id VARCHAR(255), 
	action VARCHAR(255) NOT NULL, 
	phase VARCHAR(255) NOT NULL, 
	cause VARCHAR(255) NOT NULL, 
	operation_id VARCHAR(255) NOT NULL, 
	port_id VARCHAR(255), 
	network_id VARCHAR(255), 
	network_label VARCHAR(255), 
	mac_address VARCHAR(255), 
	fixed_ips JSON NOT NULL, 
	vif_type VARCHAR(255), 
	vnic_type VARCHAR(255), 
	device_name VARCHAR(255), 
	requested_ip VARCHAR(255), 
	tag VARCHAR(255), 
	error_class VARCHAR(255), 
	error_message TEXT, 
	error_code INTEGER, 
	occurred_at DATETIME NOT NULL, 
	received_at DATETIME NOT NULL, 
	payload JSON NOT NULL, 
	CONSTRAINT uq_event_message_id UNIQUE (message_id)
);
INSERT INTO "event" VALUES(1,'m-1','compute.instance.interface_attach.start','vifcast-nova','INFO','compute.compute-1','compute-1','instance-1','vm-1','project-1','user-1','req-1','attach','start','api','operation-1','port-1','network-1','private','fa:16:3e:00:00:01','[{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null},{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null}]','ovs','normal','tap1',NULL,NULL,NULL,NULL,NULL,'2026-11-22 12:00:00.000000','2026-11-22 12:00:00.000000','{}');
INSERT INTO "event" VALUES(2,'m-2','compute.instance.interface_attach.end','vifcast-nova','INFO','compute.compute-1','compute-1','instance-1','vm-1','project-1','user-1','req-1','attach','end','api','operation-1','port-1','network-1','private','fa:16:3e:00:00:01','[{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null},{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null}]','ovs','normal','tap1',NULL,NULL,NULL,NULL,NULL,'2026-11-22 12:00:02.000000','2026-11-22 12:00:02.000000','{}');
INSERT INTO "event" VALUES(3,'m-3','compute.instance.interface_detach.end','vifcast-nova','INFO','compute.compute-1','compute-2','instance-1','vm-1','project-1','user-1','req-1','detach','end','port_deleted','other','port-1','network-1','private','fa:16:3e:00:00:01','[]','ovs','normal','tap1',NULL,NULL,NULL,NULL,NULL,'2026-11-22 12:00:05.000000','2026-11-22 12:00:00.000000','{}');
INSERT INTO "event" VALUES(4,'m-4','compute.instance.interface_attach.end','hand-patch','INFO','compute.compute-1',NULL,'instance-1','vm-1','project-1','user-1','req-2','attach','end','api','11111111-1111-5111-8111-111111111111',NULL,'network-1','private',NULL,'[]','ovs','normal','tap1',NULL,NULL,NULL,NULL,NULL,'2026-11-22 12:00:09.000000','2026-11-22 12:00:09.000000','{}');
CREATE TABLE event_ip (
	ip_address VARCHAR(45) NOT NULL, 
	event_id INTEGER NOT NULL, 
	PRIMARY KEY (ip_address, event_id), 
	FOREIGN KEY(event_id) REFERENCES event (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "event_ip" VALUES('192.0.2.7',1);
INSERT INTO "event_ip" VALUES('192.0.2.7',2);
CREATE TABLE host_report (
	host VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	reported_at DATETIME NOT NULL, 
	received_at DATETIME NOT NULL, 
	silent_at DATETIME NOT NULL, 
	state VARCHAR(255) NOT NULL, 
	reason TEXT, 
	vifcast_nova VARCHAR(255) NOT NULL, 
	nova VARCHAR(255) NOT NULL, 
	python VARCHAR(255) NOT NULL, 
	oslo_messaging VARCHAR(255) NOT NULL, 
	hooks JSON NOT NULL, 
	interval_s BIGINT NOT NULL, 
	started_at DATETIME NOT NULL, 
	outbox JSON, 
	PRIMARY KEY (host)
);
INSERT INTO "host_report" VALUES('compute-1','report-1','2026-11-22 12:01:00.000000','2026-11-22 12:01:00.000000','2026-11-22 12:16:00.000000','on',NULL,'0.1.0','34.0.0','3.11.7','18.3.0','["attach_interface","detach_interface"]',300,'2026-11-22 11:00:00.000000','{"directory":"/var/lib/nova/vifcast/outbox","depth":3,"bytes":9612,"oldest_age_s":754.5,"sent":412,"dropped":0,"is_direct":false}');
CREATE TABLE host_seen (
	host VARCHAR(255) NOT NULL, 
	last_event_at DATETIME NOT NULL, 
	PRIMARY KEY (host)
);
INSERT INTO "host_seen" VALUES('compute-1','2026-11-22 12:00:02.000000');
INSERT INTO "host_seen" VALUES('compute-2','2026-11-22 12:00:00.000000');
CREATE TABLE operation (
	id VARCHAR(255) NOT NULL, 
	action VARCHAR(255) NOT NULL, 
	cause VARCHAR(255) NOT NULL, 
	status VARCHAR(255) NOT NULL, 
	instance_id VARCHAR(255) NOT NULL, 
	instance_name VARCHAR(255), 
	project_id VARCHAR(255), 
	user_id VARCHAR(255), 
	request_id VARCHAR(255), 
	compute_host VARCHAR(255), 
	port_id VARCHAR(255), 
	network_id VARCHAR(255), 
	network_label VARCHAR(255), 
	mac_address VARCHAR(255), 
	fixed_ips JSON NOT NULL, 
	requested_ip VARCHAR(255), 
	tag VARCHAR(255), 
	first_known_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	duration_ms BIGINT, 
	error_class VARCHAR(255), 
	error_message TEXT, 
	error_code INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "operation" VALUES('operation-1','attach','api','succeeded','instance-1','vm-1','project-1','user-1','req-1','compute-1','port-1','network-1','private','fa:16:3e:00:00:01','[{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null},{"ip_address":"192.0.2.7","version":4,"subnet_cidr":null}]',NULL,NULL,'2026-11-22 12:00:00.000000','2026-11-22 12:00:00.000000','2026-11-22 12:00:02.000000',2000,NULL,NULL,NULL);
INSERT INTO "operation" VALUES('other','detach','port_deleted','succeeded','instance-1','vm-1','project-1','user-1','req-1','compute-2','port-1','network-1','private','fa:16:3e:00:00:01','[]',NULL,NULL,'2026-11-22 12:00:05.000000',NULL,'2026-11-22 12:00:05.000000',NULL,NULL,NULL,NULL);
INSERT INTO "operation" VALUES('11111111-1111-5111-8111-111111111111','attach','api','succeeded','instance-1','vm-1','project-1','user-1','req-2',NULL,NULL,'network-1','private',NULL,'[]',NULL,NULL,'2026-11-22 12:00:09.000000',NULL,'2026-11-22 12:00:09.000000',NULL,NULL,NULL,NULL);
CREATE INDEX ix_attachment_detached_at ON attachment (detached_at);
CREATE INDEX ix_attachment_first_known_at ON attachment (first_known_at, port_id, number);
CREATE INDEX ix_attachment_instance_id ON attachment (instance_id);
CREATE INDEX ix_attachment_mac_address ON attachment (mac_address);
CREATE INDEX ix_attachment_ip_port_id ON attachment_ip (port_id);
CREATE INDEX ix_event_instance_id ON event (instance_id, id);
CREATE INDEX ix_event_mac_address ON event (mac_address, id);
CREATE INDEX ix_event_operation_id ON event (operation_id);
CREATE INDEX ix_event_port_id ON event (port_id, id);
CREATE INDEX ix_operation_first_known_at ON operation (first_known_at, id);
CREATE INDEX ix_operation_instance_id ON operation (instance_id);
CREATE INDEX ix_operation_port_id ON operation (port_id);
CREATE INDEX ix_operation_status ON operation (status);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',4);
INSERT INTO "sqlite_sequence" VALUES('dead_letter',1);
COMMIT;
