-- A schema as real ones are: other people's names, every built-in type, and what can't be taken.
CREATE TYPE mood AS ENUM ('glad', 'it''s "so-so"', 'yes');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN amount AS numeric(12,2) CHECK (VALUE >= 0);
CREATE DOMAIN email AS text NOT NULL;

CREATE TABLE "Customer" (
  "CustomerID" int PRIMARY KEY,
  "firstName" text NOT NULL,
  "E-Mail" text,
  email email,
  "IPAddress" inet,
  date_of_birth date,
  mood mood,
  "Name" text,
  "name" text,
  tags text[] NOT NULL DEFAULT '{}',
  code varchar(20) UNIQUE,
  _id uuid
);
COMMENT ON TABLE "Customer" IS E'People: who "buy"\n# no comment';
COMMENT ON COLUMN "Customer"."firstName" IS 'The first name, as typed: ''x'' {y} [z]';

CREATE TABLE "order" (
  "select" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "from" int NOT NULL REFERENCES "Customer",
  "group" text CHECK ("group" IN ('open', 'paid', 'no')),
  "table" numeric(10,2) NOT NULL CHECK ("table" >= 0 AND "table" < 1000000.5),
  quantity smallint CHECK (quantity > -5),
  net amount,
  gross numeric(12,2) GENERATED ALWAYS AS ("table" * 1.2) STORED,
  CONSTRAINT odd CHECK (quantity < "table"),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON "order" (updated_at);

CREATE TABLE "Order Lines" (
  order_id bigint REFERENCES "order",
  line_no smallint,
  parent_order bigint,
  parent_line smallint,
  note text,
  PRIMARY KEY (line_no, order_id),
  FOREIGN KEY (parent_order, parent_line) REFERENCES "Order Lines" (order_id, line_no)
);
CREATE TABLE shipments (
  id int PRIMARY KEY, order_id bigint, line_no smallint, last_update timestamp NOT NULL,
  FOREIGN KEY (order_id, line_no) REFERENCES "Order Lines" (order_id, line_no)
);
CREATE TABLE hens (id int PRIMARY KEY, egg_id int);
CREATE TABLE eggs (id int PRIMARY KEY, hen_id int REFERENCES hens);
ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs;

CREATE TABLE orders (id int PRIMARY KEY);
CREATE TABLE "Orders" (id int PRIMARY KEY);
CREATE TABLE "2024 – Übersicht" (id int NOT NULL UNIQUE, total money);
CREATE TABLE "注文" (id int PRIMARY KEY);
CREATE TABLE "a.b" (id int PRIMARY KEY);
CREATE TABLE log (line text, at timestamptz);
CREATE TABLE nothing ();
CREATE TABLE only_odd ("a b" int, "1st" text);
CREATE TABLE odd_key ("the id" int PRIMARY KEY, x int);
CREATE TABLE technical (id int PRIMARY KEY, _run_id text);

CREATE TABLE measured (at timestamptz NOT NULL, sensor int NOT NULL, value double precision, PRIMARY KEY (sensor, at)) PARTITION BY RANGE (at);
CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW open_orders AS SELECT "select", "group" FROM "order" WHERE "group" = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS orders FROM "order";

CREATE TABLE every_type (
  id bigserial PRIMARY KEY,
  a_smallint smallint, a_integer integer, a_bigint bigint, a_real real, a_double double precision,
  a_numeric numeric, a_number numeric(38,10), a_huge numeric(50,2), a_negative numeric(5,-2), a_money money,
  a_boolean boolean, a_bit bit, a_byte bit(8), a_varbit bit varying(5),
  a_char char, a_chars char(5), a_varchar varchar, a_name name, a_quoted_char "char", a_text text, a_bytea bytea,
  a_date date, a_time time, a_time3 time(3), a_timetz timetz, a_timestamp timestamp, a_timestamp3 timestamp(3), a_timestamptz timestamptz, an_interval interval, a_day interval day to second(3),
  a_uuid uuid, a_json json, a_jsonb jsonb, a_jsonpath jsonpath, an_xml xml, a_tsvector tsvector, a_tsquery tsquery,
  an_inet inet, a_cidr cidr, a_macaddr macaddr, a_macaddr8 macaddr8,
  a_point point, a_line line, a_lseg lseg, a_box box, a_path path, a_polygon polygon, a_circle circle,
  an_int4range int4range, an_int8range int8range, a_numrange numrange, a_tsrange tsrange, a_tstzrange tstzrange, a_daterange daterange,
  a_multirange int4multirange,
  an_oid oid, a_regclass regclass, a_pg_lsn pg_lsn, an_xid8 xid8, a_snapshot pg_snapshot, a_refcursor refcursor,
  a_mood mood, a_pair pair, an_amount amount,
  some_ints int[], some_numbers numeric(10,2)[], some_texts text[], some_times timestamptz[], some_moods mood[], some_amounts amount[],
  some_money money[], some_clocks time[], a_matrix int[][], some_bytes bytea[], some_ranges int4range[], some_oids oid[], some_bits bit(8)[]
);
CREATE TABLE wide (id int PRIMARY KEY, column_1 text, column_2 text, column_3 text, column_4 text, column_5 text, column_6 text, column_7 text, column_8 text, column_9 text, column_10 text, column_11 text, column_12 text, column_13 text, column_14 text, column_15 text, column_16 text, column_17 text, column_18 text, column_19 text, column_20 text, column_21 text, column_22 text, column_23 text, column_24 text, column_25 text, column_26 text, column_27 text, column_28 text, column_29 text, column_30 text, column_31 text, column_32 text, column_33 text, column_34 text, column_35 text, column_36 text, column_37 text, column_38 text, column_39 text, column_40 text, column_41 text, column_42 text, column_43 text, column_44 text, column_45 text, column_46 text, column_47 text, column_48 text, column_49 text, column_50 text, column_51 text, column_52 text, column_53 text, column_54 text, column_55 text, column_56 text, column_57 text, column_58 text, column_59 text, column_60 text, column_61 text, column_62 text, column_63 text, column_64 text, column_65 text, column_66 text, column_67 text, column_68 text, column_69 text, column_70 text, column_71 text, column_72 text, column_73 text, column_74 text, column_75 text, column_76 text, column_77 text, column_78 text, column_79 text, column_80 text, column_81 text, column_82 text, column_83 text, column_84 text, column_85 text, column_86 text, column_87 text, column_88 text, column_89 text, column_90 text, column_91 text, column_92 text, column_93 text, column_94 text, column_95 text, column_96 text, column_97 text, column_98 text, column_99 text, column_100 text, column_101 text, column_102 text, column_103 text, column_104 text, column_105 text, column_106 text, column_107 text, column_108 text, column_109 text, column_110 text, column_111 text, column_112 text, column_113 text, column_114 text, column_115 text, column_116 text, column_117 text, column_118 text, column_119 text, column_120 text, column_121 text, column_122 text, column_123 text, column_124 text, column_125 text, column_126 text, column_127 text, column_128 text, column_129 text, column_130 text, column_131 text, column_132 text, column_133 text, column_134 text, column_135 text, column_136 text, column_137 text, column_138 text, column_139 text, column_140 text, column_141 text, column_142 text, column_143 text, column_144 text, column_145 text, column_146 text, column_147 text, column_148 text, column_149 text, column_150 text, column_151 text, column_152 text, column_153 text, column_154 text, column_155 text, column_156 text, column_157 text, column_158 text, column_159 text, column_160 text, column_161 text, column_162 text, column_163 text, column_164 text, column_165 text, column_166 text, column_167 text, column_168 text, column_169 text, column_170 text, column_171 text, column_172 text, column_173 text, column_174 text, column_175 text, column_176 text, column_177 text, column_178 text, column_179 text, column_180 text, column_181 text, column_182 text, column_183 text, column_184 text, column_185 text, column_186 text, column_187 text, column_188 text, column_189 text, column_190 text, column_191 text, column_192 text, column_193 text, column_194 text, column_195 text, column_196 text, column_197 text, column_198 text, column_199 text, column_200 text, column_201 text, column_202 text, column_203 text, column_204 text, column_205 text, column_206 text, column_207 text, column_208 text, column_209 text, column_210 text, column_211 text, column_212 text, column_213 text, column_214 text, column_215 text, column_216 text, column_217 text, column_218 text, column_219 text, column_220 text, column_221 text, column_222 text, column_223 text, column_224 text, column_225 text, column_226 text, column_227 text, column_228 text, column_229 text, column_230 text, column_231 text, column_232 text, column_233 text, column_234 text, column_235 text, column_236 text, column_237 text, column_238 text, column_239 text, column_240 text, column_241 text, column_242 text, column_243 text, column_244 text, column_245 text, column_246 text, column_247 text, column_248 text, column_249 text, column_250 text, column_251 text, column_252 text, column_253 text, column_254 text, column_255 text, column_256 text, column_257 text, column_258 text, column_259 text, column_260 text, column_261 text, column_262 text, column_263 text, column_264 text, column_265 text, column_266 text, column_267 text, column_268 text, column_269 text, column_270 text, column_271 text, column_272 text, column_273 text, column_274 text, column_275 text, column_276 text, column_277 text, column_278 text, column_279 text, column_280 text, column_281 text, column_282 text, column_283 text, column_284 text, column_285 text, column_286 text, column_287 text, column_288 text, column_289 text, column_290 text, column_291 text, column_292 text, column_293 text, column_294 text, column_295 text, column_296 text, column_297 text, column_298 text, column_299 text);
