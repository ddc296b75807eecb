// The constraints and indexes that every other query relies on: unique keys, users indexed.
// (no parameters)
// (no rows)
CREATE CONSTRAINT user_key IF NOT EXISTS FOR (n:User) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT image_file_key IF NOT EXISTS FOR (n:ImageFile) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT video_file_key IF NOT EXISTS FOR (n:VideoFile) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT image_key IF NOT EXISTS FOR (n:Image) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT video_key IF NOT EXISTS FOR (n:Video) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT frame_key IF NOT EXISTS FOR (n:Frame) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT tag_key IF NOT EXISTS FOR (n:Tag) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT label_key IF NOT EXISTS FOR (n:Label) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT change_key IF NOT EXISTS FOR (n:Change) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT invitation_key IF NOT EXISTS FOR (n:Invitation) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT schema_key IF NOT EXISTS FOR (n:Schema) REQUIRE n.key IS UNIQUE;
CREATE INDEX image_file_user IF NOT EXISTS FOR (n:ImageFile) ON (n.user);
CREATE INDEX video_file_user IF NOT EXISTS FOR (n:VideoFile) ON (n.user);
CREATE INDEX image_user IF NOT EXISTS FOR (n:Image) ON (n.user);
CREATE INDEX video_user IF NOT EXISTS FOR (n:Video) ON (n.user);
CREATE INDEX frame_user IF NOT EXISTS FOR (n:Frame) ON (n.user);
CREATE INDEX tag_user IF NOT EXISTS FOR (n:Tag) ON (n.user);
CREATE INDEX label_user IF NOT EXISTS FOR (n:Label) ON (n.user);
CREATE INDEX change_user IF NOT EXISTS FOR (n:Change) ON (n.user);
CREATE INDEX invitation_user IF NOT EXISTS FOR (n:Invitation) ON (n.user);
