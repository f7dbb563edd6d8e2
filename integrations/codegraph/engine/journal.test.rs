    fn entry(file: &str) -> JournalEntry {
        JournalEntry {
            file: file.to_string(),
            deleted: None,
        }
    }

    #[test]
    fn checkpoint_keeps_what_came_after_the_mark() {
        let tmp = std::env::temp_dir().join("codegraph_journal_checkpoint");
        let _ = fs::remove_dir_all(&tmp);
        let journal_dir = tmp.to_str().unwrap();

        append_entries_and_stamp_header(journal_dir, &[entry("src/read.ts")], 1000.0).unwrap();
        let position = mark_journal(journal_dir).unwrap();
        assert!(position.is_some());
        append_entries_and_stamp_header(journal_dir, &[entry("src/late.ts")], 2000.0).unwrap();
        checkpoint_journal(journal_dir, position.as_deref(), 3000.0).unwrap();
        assert!(!read_journal(journal_dir).valid);

        append_entries_and_stamp_header(journal_dir, &[], 4000.0).unwrap();
        let result = read_journal(journal_dir);
        assert_eq!(
            (result.timestamp, result.changed),
            (4000.0, vec!["src/late.ts".to_string()])
        );

        let _ = fs::remove_dir_all(&tmp);
    }

    #[test]
    fn checkpoint_stamps_a_journal_that_keeps_nothing() {
        let tmp = std::env::temp_dir().join("codegraph_journal_checkpoint_stamps");
        let _ = fs::remove_dir_all(&tmp);
        let journal_dir = tmp.to_str().unwrap();

        assert_eq!(mark_journal(journal_dir).unwrap(), None);
        append_entries_and_stamp_header(journal_dir, &[entry("src/read.ts")], 1000.0).unwrap();
        let position = mark_journal(journal_dir).unwrap();
        checkpoint_journal(journal_dir, position.as_deref(), 2000.0).unwrap();
        let result = read_journal(journal_dir);
        assert_eq!((result.timestamp, result.changed), (2000.0, vec![]));

        let _ = fs::remove_dir_all(&tmp);
    }
