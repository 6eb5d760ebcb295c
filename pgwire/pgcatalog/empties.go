package pgcatalog

import "github.com/tarndb/tarn/engine"

// emptyTables are the catalogs of what Tarn has no notion of. Their columns are
// PostgreSQL 15's.
func emptyTables() []engine.SystemTable {
	specs := []struct{ name, spec string }{
		{"pg_shdescription", "objoid oid, classoid oid, description text"},
		{"pg_inherits", "inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool"},
		{"pg_extension", "oid oid, extname name, extowner oid, extnamespace oid, extrelocatable bool, extversion text, extconfig oid[], extcondition text[]"},
		{"pg_available_extensions", "name name, default_version text, installed_version text, comment text"},
		{"pg_trigger", `oid oid, tgrelid oid, tgparentid oid, tgname name, tgfoid oid, tgtype int2, tgenabled char, tgisinternal bool,
			tgconstrrelid oid, tgconstrindid oid, tgconstraint oid, tgdeferrable bool, tginitdeferred bool, tgnargs int2, tgattr int2vector,
			tgargs bytea, tgqual node, tgoldtable name, tgnewtable name`},
		{"pg_event_trigger", "oid oid, evtname name, evtevent name, evtowner oid, evtfoid oid, evtenabled char, evttags text[]"},
		{"pg_rewrite", "oid oid, rulename name, ev_class oid, ev_type char, ev_enabled char, is_instead bool, ev_qual node, ev_action node"},
		{"pg_rules", "schemaname name, tablename name, rulename name, definition text"},
		{"pg_auth_members", "roleid oid, member oid, grantor oid, admin_option bool"},
		{"pg_policy", "oid oid, polname name, polrelid oid, polcmd char, polpermissive bool, polroles oid[], polqual node, polwithcheck node"},
		{"pg_policies", "schemaname name, tablename name, policyname name, permissive text, roles name[], cmd text, qual text, with_check text"},
		{"pg_cast", "oid oid, castsource oid, casttarget oid, castfunc oid, castcontext char, castmethod char"},
		{"pg_conversion", "oid oid, conname name, connamespace oid, conowner oid, conforencoding int4, contoencoding int4, conproc regproc, condefault bool"},
		{"pg_db_role_setting", "setdatabase oid, setrole oid, setconfig text[]"},
		{"pg_default_acl", "oid oid, defaclrole oid, defaclnamespace oid, defaclobjtype char, defaclacl acl"},
		{"pg_user_mapping", "oid oid, umuser oid, umserver oid, umoptions text[]"},
		{"pg_user_mappings", "umid oid, srvid oid, srvname name, umuser oid, usename name, umoptions text[]"},
		{"pg_operator", `oid oid, oprname name, oprnamespace oid, oprowner oid, oprkind char, oprcanmerge bool, oprcanhash bool, oprleft oid,
			oprright oid, oprresult oid, oprcom oid, oprnegate oid, oprcode regproc, oprrest regproc, oprjoin regproc`},
		{"pg_opfamily", "oid oid, opfmethod oid, opfname name, opfnamespace oid, opfowner oid"},
		{"pg_amop", `oid oid, amopfamily oid, amoplefttype oid, amoprighttype oid, amopstrategy int2, amoppurpose char, amopopr oid,
			amopmethod oid, amopsortfamily oid`},
		{"pg_amproc", "oid oid, amprocfamily oid, amproclefttype oid, amprocrighttype oid, amprocnum int2, amproc regproc"},
		{"pg_aggregate", `aggfnoid regproc, aggkind char, aggnumdirectargs int2, aggtransfn regproc, aggfinalfn regproc, aggcombinefn regproc,
			aggserialfn regproc, aggdeserialfn regproc, aggmtransfn regproc, aggminvtransfn regproc, aggmfinalfn regproc, aggfinalextra bool,
			aggmfinalextra bool, aggfinalmodify char, aggmfinalmodify char, aggsortop oid, aggtranstype oid, aggtransspace int4,
			aggmtranstype oid, aggmtransspace int4, agginitval text, aggminitval text`},
		{"pg_partitioned_table", `partrelid oid, partstrat char, partnatts int2, partdefid oid, partattrs int2vector, partclass oidvector,
			partcollation oidvector, partexprs node`},
		{"pg_publication", `oid oid, pubname name, pubowner oid, puballtables bool, pubinsert bool, pubupdate bool, pubdelete bool,
			pubtruncate bool, pubviaroot bool`},
		{"pg_publication_namespace", "oid oid, pnpubid oid, pnnspid oid"},
		{"pg_publication_rel", "oid oid, prpubid oid, prrelid oid, prqual node, prattrs int2vector"},
		{"pg_publication_tables", "pubname name, schemaname name, tablename name, attnames name[], rowfilter text"},
		{"pg_subscription", `oid oid, subdbid oid, subskiplsn int8, subname name, subowner oid, subenabled bool, subbinary bool,
			substream bool, subtwophasestate char, subdisableonerr bool, subconninfo text, subslotname name, subsynccommit text, subpublications text[]`},
		{"pg_statistic_ext", `oid oid, stxrelid oid, stxname name, stxnamespace oid, stxowner oid, stxstattarget int4, stxkeys int2vector,
			stxkind char[], stxexprs node`},
		{"pg_ts_config", "oid oid, cfgname name, cfgnamespace oid, cfgowner oid, cfgparser oid"},
		{"pg_ts_dict", "oid oid, dictname name, dictnamespace oid, dictowner oid, dicttemplate oid, dictinitoption text"},
		{"pg_ts_parser", `oid oid, prsname name, prsnamespace oid, prsstart regproc, prstoken regproc, prsend regproc, prsheadline regproc,
			prslextype regproc`},
		{"pg_ts_template", "oid oid, tmplname name, tmplnamespace oid, tmplinit regproc, tmpllexize regproc"},
		{"pg_seclabels", "objoid oid, classoid oid, objsubid int4, objtype text, objnamespace oid, objname text, provider text, label text"},
		{"pg_shdepend", "dbid oid, classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, deptype char"},
		{"pg_locks", `locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, classid oid,
			objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, fastpath bool, waitstart timestamptz`},
		{"pg_largeobject_metadata", "oid oid, lomowner oid, lomacl acl"},
		{"pg_prepared_statements", `name text, statement text, prepare_time timestamptz, parameter_types regtype[], from_sql bool,
			generic_plans int8, custom_plans int8`},
		{"pg_timezone_names", "name text, abbrev text, utc_offset interval, is_dst bool"},
		{"pg_group", "groname name, grosysid oid, grolist oid[]"},
		{"pg_largeobject", "loid oid, pageno int4, data bytea"},
		{"pg_transform", "oid oid, trftype oid, trflang oid, trffromsql regproc, trftosql regproc"},
		{"pg_replication_slots", `slot_name name, plugin name, slot_type text, datoid oid, database name, temporary bool, active bool,
			active_pid int4, xmin xid, catalog_xmin xid, restart_lsn text, confirmed_flush_lsn text, wal_status text, safe_wal_size int8,
			two_phase bool`},
		{"pg_stats", `schemaname name, tablename name, attname name, inherited bool, null_frac float4, avg_width int4, n_distinct float4,
			correlation float4`},
		{"pg_prepared_xacts", "transaction xid, gid text, prepared timestamptz, owner name, database name"},
	}
	out := make([]engine.SystemTable, len(specs))
	for i, s := range specs {
		out[i] = empty(catalogSchema, s.name, s.spec)
	}
	return out
}
